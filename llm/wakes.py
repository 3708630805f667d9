"""From a wake to its turn: queued, or blocked with the reason, within the budget of its chain.

What a person says opens a chain and puts an end to hand-overs that wait (`superseded`); what
a persona says goes on with the chain of its turn. Counts are reserved by the turns that are
written here, while the chain is locked; tokens and money by `llm.spending`, before the call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from llm import guard, limits, spending, stagger
from llm.guard import Refusal
from llm.models import Chain, Turn
from llm.protocol import TurnChanged
from llm.queue import enqueue_on_commit
from llm.shaping import turn_shape
from rooms import eventlog, extensions
from rooms.models import Message, Participant, Room


@dataclass(frozen=True)
class Wake:
    """A persona that a message calls, and why.

    `task` is what it is asked of the message, blank for all of it. A `refusal` was decided before
    the chain's budget is looked at, and costs nothing of it.
    """

    participant: Participant
    cause: Turn.Cause
    task: str = ""
    refusal: guard.Refusal | None = None


def record(message: Message, wakes: Sequence[Wake]) -> int:
    """A turn for each wake: queued, or blocked with the reason. The same wake again is none.

    In the transaction of the dispatch cursor, so that one message is decided on at a time.
    """
    known = set(Turn.objects.filter(trigger_message=message).values_list("participant_id", "cause"))
    fresh = [wake for wake in wakes if (wake.participant.pk, wake.cause) not in known]
    if not fresh:
        return len(wakes)
    # The turn that wrote its end, where several did.
    parent = Turn.objects.filter(pk=message.turn_id).first() if message.turn_id else None
    chain = _chain_for(message, parent)
    depth = parent.depth + 1 if parent else 0
    turns = [turn_of(message, wake.participant, wake.cause, chain, depth, wake.task) for wake in fresh]
    open_ = [turn for turn, wake in zip(turns, fresh, strict=True) if wake.refusal is None]
    decided = dict(zip(open_, refusals(message.room, chain, open_), strict=True))
    for turn, wake in zip(turns, fresh, strict=True):
        refusal = wake.refusal or decided[turn]
        if refusal is not None:
            refuse(turn, refusal)
    if chain._state.adding:
        chain.save(force_insert=True)
    write(turns)
    return len(wakes)


def refusals(room: Room, chain: Chain, turns: Sequence[Turn]) -> list[Refusal | None]:
    """For each of these new turns of the `chain`, which is locked or not written yet, in order, why it may
    not be."""
    reserved = [
        guard.Reserved(_call(turn), is_waiting=turn.state == Turn.State.QUEUED)
        for turn in _let_through(chain)
    ]
    counted = guard.decide(limits.of_chain(room, chain.grants), reserved, [_call(turn) for turn in turns])
    spent = spending.refusals_for_wakes(room, chain, {turn.model for turn in turns})
    return [refusal or spent[turn.model] for turn, refusal in zip(turns, counted, strict=True)]


def refuse(turn: Turn, refusal: Refusal) -> None:
    turn.state = Turn.State.BLOCKED
    turn.error_code, turn.error_message = refusal.code, refusal.message


def write(turns: Sequence[Turn]) -> None:
    """Insert new turns in this order, tell the room, and send those that may run."""
    now = timezone.now()
    for place, turn in enumerate(turns):
        # A persona's turns run in the order of their making, down to the microsecond.
        turn.created_at = now + timedelta(microseconds=place)
        if turn.state == Turn.State.RUNNING:  # it is somebody's already (`llm.runs.ahead`)
            turn.started_at = turn.created_at
    stagger.arrange(turns)
    Turn.objects.bulk_create(turns)
    for turn in turns:
        eventlog.append(turn.room_id, TurnChanged(turn=turn_shape(turn)))
    enqueue_on_commit(*(turn.pk for turn in turns if _may_run(turn)))


def _may_run(turn: Turn) -> bool:
    is_persona = turn.participant.kind == Participant.Kind.PERSONA
    return turn.state == Turn.State.QUEUED and turn.behind_id is None and is_persona


def supersede(room: Room) -> int:
    """End the hand-overs from persona to persona that nobody has begun with; how many.

    A wake by a person has another cause and stays.
    """
    waiting = Turn.objects.filter(room=room, state=Turn.State.QUEUED, cause=Turn.Cause.HANDOVER)
    # In the order in which whoever stops turns locks them.
    locked = waiting.select_for_update(no_key=True).order_by("created_at", "pk")
    ids = list(locked.values_list("pk", flat=True))
    # Mostly there are none.
    rows = list(Turn.objects.filter(pk__in=ids).order_by("created_at", "pk")) if ids else []
    for turn in rows:
        refuse(turn, guard.SUPERSEDED)
        turn.ended_at = timezone.now()
        turn.save(update_fields=["state", "error_code", "error_message", "ended_at"])
        eventlog.append(room.pk, TurnChanged(turn=turn_shape(turn)))
    return len(rows)


def _chain_for(message: Message, parent: Turn | None) -> Chain:
    """The chain of the turn that said it, or the one that it opens itself, also where it wakes
    some at once and others later: not written yet where it is new."""
    if parent is not None:
        return held(parent.chain_id)
    opened = Chain.objects.filter(room=message.room_id, message=message).order_by("created_at").first()
    if opened is not None:
        return held(opened.pk)
    supersede(message.room)
    return Chain(room=message.room, message=message, person=message.participant)


def held(chain_id: UUID) -> Chain:
    """The chain, locked: what is decided on it is decided one after the other."""
    chains = Chain.objects.select_related("person").select_for_update(of=("self",), no_key=True)
    return chains.get(pk=chain_id)


def turn_of(
    message: Message, persona: Participant, cause: Turn.Cause, chain: Chain, depth: int, task: str
) -> Turn:
    """A new turn, not written yet, with the model that answers now."""
    model = extensions.model_of(persona, message.room)
    return Turn(
        chain=chain,
        room=message.room,
        participant=persona,
        trigger_message=message,
        cause=cause,
        depth=depth,
        task=task,
        model=model.name,
        is_scripted=model.is_scripted,
    )


def _let_through(chain: Chain) -> list[Turn]:
    """The chain's turns that were allowed to run."""
    if chain._state.adding:
        return []
    turns = Turn.objects.filter(chain=chain).exclude(state=Turn.State.BLOCKED)
    return list(turns.select_related("trigger_message").order_by("created_at", "id"))


def _call(turn: Turn) -> guard.Call:
    return guard.Call(
        persona=turn.participant_id,
        by=turn.trigger_message.participant_id,
        trigger=turn.trigger_message_id,
        depth=turn.depth,
        is_handover=turn.cause == Turn.Cause.HANDOVER,
    )
