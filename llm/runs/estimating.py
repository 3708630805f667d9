"""What a run is likely to cost, before it is started."""

from __future__ import annotations

from decimal import Decimal

from llm.context.past import told
from llm.context.tokens import tokens_of
from llm.context.view import budget_for
from llm.gateway.defaults import is_scripted
from llm.prices import prices_of
from llm.runs.protocol import OfficeShape, RunEstimate, RunSpec
from llm.runs.starting import prepare
from rooms import extensions
from rooms.models import Participant, Room

# Of a reply, and of what stands around the conversation in a prompt.
REPLY_TOKENS = 300
AROUND_TOKENS = 1_200
_LOOKED_AT = 200


def estimate(room: Room, spec: RunSpec) -> RunEstimate:
    """Each turn reads what the room has said so far and the replies of the run before it, as far as its
    model's window goes. Raises `invalid` where this could not be started."""
    prepared = prepare(room, spec)
    kinds = Participant.objects.filter(kind=Participant.Kind.PERSONA)
    personas = kinds.in_bulk(list(prepared.expected))
    # People cost nothing.
    expected = [id_ for id_ in prepared.expected if id_ in personas]
    said = sum(
        tokens_of(text) for text in told(room.pk).order_by("-seq").values_list("text", flat=True)[:_LOOKED_AT]
    )
    models = {pk: extensions.model_of(persona, room).name for pk, persona in personas.items()}
    windows = {model: budget_for(room, model) for model in set(models.values())}
    prices = prices_of(set(models.values()))
    read, usd, is_known = 0, Decimal(0), True
    for number, id_ in enumerate(expected):
        model = models[id_]
        tokens = min(windows[model], AROUND_TOKENS + said + number * REPLY_TOKENS)
        read += tokens
        usd += prices[model].of(tokens, REPLY_TOKENS)
        is_known = is_known and prices[model].is_known
    return RunEstimate(
        turns=len(expected),
        max_turns=prepared.max_turns,
        cast=list(prepared.setup.cast),
        offices=[OfficeShape(office=office, participant_id=id_) for office, id_ in prepared.setup.offices],
        input_tokens=read,
        output_tokens=len(expected) * REPLY_TOKENS,
        usd=float(usd) if is_known else None,
        is_scripted=all(is_scripted(model) for model in models.values()),
    )
