"""The wake ledger of a message: what was decided, put together with what came of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, cast
from uuid import UUID

from django.db.models import Q

from llm.gateway.defaults import is_scripted
from llm.models import NextStep, RouterCall, Turn
from llm.protocol import RouterShape, UsageShape, WakeShape, WakesShape
from llm.reasons import Reason
from llm.shaping import turn_shape
from rooms.models import Message

# Why a turn was, where the decision tells nothing of it: it came by hand, or the ledger is younger.
_BY_CAUSE: dict[str, Reason] = {
    Turn.Cause.MENTION: "mention",
    Turn.Cause.MENTION_ALL: "all",
    Turn.Cause.HANDOVER: "handover",
    Turn.Cause.REPLY: "reply",
    Turn.Cause.THEN: "then",
    Turn.Cause.ROUTER: "routed",
    Turn.Cause.SPEAK: "speak",
    Turn.Cause.POLL: "poll",
    Turn.Cause.RUN: "run",
}
# In a line that says why nobody was called, a turn is told by its own cause.
_CALLED: frozenset[Reason] = frozenset(
    {"mention", "all", "reply", "follow_up", "handover", "then", "routed", "muted", "poll"}
)


def wakes_of(message: Message) -> WakesShape:
    """`message` with its decision, its router's call and its room, which are read with it."""
    decision = getattr(message, "wake_decision", None)
    call: RouterCall | None = getattr(message, "router_call", None)
    why: dict[UUID, Reason] = {}
    for reason, ids in (decision.why if decision else {}).items():
        for id_ in ids:
            why[UUID(id_)] = cast(Reason, reason)
    steps = {
        step.participant_id: step for step in NextStep.objects.filter(message=message).order_by("-round")
    }
    turns = _turns(message, steps.values())
    for turn in turns.values():
        if turn.participant_id not in why or (
            why[turn.participant_id] not in _CALLED and turn.cause in _BY_CAUSE
        ):
            why[turn.participant_id] = _BY_CAUSE.get(turn.cause, "mention")
    return WakesShape(
        message_id=message.pk,
        is_decided=decision is not None,
        wakes=[_line(id_, reason, turns.get(id_), steps.get(id_)) for id_, reason in why.items()],
        router=_router(call),
    )


def _turns(message: Message, steps: Collection[NextStep]) -> dict[UUID, Turn]:
    """The newest turn of each persona that this message called, at once or afterwards."""
    later = {step.turn_id for step in steps if step.turn_id is not None}
    called = (
        Turn.objects.filter(Q(trigger_message=message) | Q(pk__in=later))
        if later
        else (Turn.objects.filter(trigger_message=message))
    )
    # What the author's own turn did with this message is no answer to it.
    ordered = called.exclude(message_id=message.pk).prefetch_related("usage").order_by("created_at", "id")
    return {turn.participant_id: turn for turn in ordered}


def _line(participant_id: UUID, why: Reason, turn: Turn | None, step: NextStep | None) -> WakeShape:
    return WakeShape(
        participant_id=participant_id,
        why=why,
        task=turn.task if turn else step.task if step else "",
        turn=turn_shape(turn, list(turn.usage.all())) if turn else None,
        step=cast(Literal["waiting", "called", "dropped"], step.state) if step else None,
        after_ids=[UUID(id_) for id_ in step.after] if step else [],
        note=step.reason if step else "",
    )


def _router(call: RouterCall | None) -> RouterShape | None:
    if call is None:
        return None
    has_asked = call.asked_at is not None and call.decided_at is not None
    usage = UsageShape(
        input_tokens=call.input_tokens,
        output_tokens=call.output_tokens,
        cached_tokens=call.cached_tokens,
        cost_usd=None if call.cost_usd is None else float(call.cost_usd),
    )
    return RouterShape(
        state=cast(Literal["waiting", "asking", "decided", "failed", "late"], call.state),
        chosen_ids=[UUID(id_) for id_ in call.chosen],
        error_code=call.error_code,
        model=call.model,
        is_scripted=is_scripted(call.model),
        usage=usage if has_asked else None,
    )
