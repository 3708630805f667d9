"""From a wake to its turn: queued, or blocked with the reason, within the budget of its chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from llm import guard
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
    """A turn for each wake: queued, or blocked with the reason. Reserves the chain's budget."""
    if not wakes:
        return 0
    # The turn that wrote its end, where several did.
    parent = Turn.objects.filter(pk=message.turn_id).first() if message.turn_id else None
    chain = _chain_for(message.room, parent)
    depth = parent.depth + 1 if parent else 0
    limits = guard.Limits(depth=settings.LLM_CHAIN_DEPTH, turns=settings.LLM_CHAIN_TURNS)
    for wake in wakes:
        refusal = wake.refusal or guard.refuse(limits, depth=depth, turns_used=chain.turns_used)
        model = extensions.model_of(wake.participant, message.room)
        turn, is_new = Turn.objects.get_or_create(
            trigger_message=message,
            participant=wake.participant,
            cause=wake.cause,
            repeat=0,
            defaults={
                "chain": chain,
                "room": message.room,
                "depth": depth,
                "task": wake.task,
                "state": Turn.State.BLOCKED if refusal else Turn.State.QUEUED,
                "error_code": refusal.code if refusal else "",
                "error_message": refusal.message if refusal else "",
                "model": model.name,
                "is_scripted": model.is_scripted,
            },
        )
        if not is_new:
            continue
        if not refusal:
            chain.turns_used += 1
            enqueue_on_commit(turn.pk)
        eventlog.append(message.room_id, TurnChanged(turn=turn_shape(turn)))
    chain.save(update_fields=["turns_used"])
    return len(wakes)


def _chain_for(room: Room, parent: Turn | None) -> Chain:
    if parent is None:
        return Chain.objects.create(room=room)
    return Chain.objects.select_for_update().get(pk=parent.chain_id)
