"""Who is woken by what was said.

Decided from the room's log, event by event, up to the dispatch cursor; whatever calls
this (the signal after a commit, or the sweep) gets the same decisions exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from llm import guard
from llm.models import Chain, DispatchCursor, Turn
from llm.protocol import TurnChanged
from llm.queue import enqueue_on_commit
from llm.shaping import turn_shape
from rooms import eventlog, extensions
from rooms.mentions import Mentionable, parse_mentions
from rooms.models import Message, Participant, Room
from rooms.protocol.events import MessageFinished, MessagePosted

EVENTS_A_PASS = 500


@dataclass(frozen=True)
class Wake:
    """A persona that a message calls, and why."""

    participant: Participant
    cause: Turn.Cause


def dispatch_room(room_id: UUID) -> int:
    """Decide on all events past the room's cursor. Returns how many turns were recorded."""
    recorded = 0
    while True:
        with eventlog.transaction():
            cursor, _ = DispatchCursor.objects.select_for_update().get_or_create(room_id=room_id)
            events = eventlog.replay(room_id, after=cursor.seq, limit=EVENTS_A_PASS)
            if not events:
                return recorded
            for event in events:
                recorded += _dispatch_event(event)
            cursor.seq = events[-1].seq
            cursor.save(update_fields=["seq"])
        # What this pass appended itself wakes nobody, and a commit in the meantime asks for a
        # pass of its own: another transaction now would only stand in the worker's way.
        if len(events) < EVENTS_A_PASS:
            return recorded


def is_decisive(type_: str, state: str) -> bool:
    """Whether an event with a message of that state may wake somebody."""
    return type_ in {MessagePosted.type, MessageFinished.type} and state == Message.State.COMPLETE


def _dispatch_event(event: eventlog.Committed) -> int:
    if event.type not in {MessagePosted.type, MessageFinished.type}:
        return 0
    if not is_decisive(event.type, event.data["message"]["state"]):
        return 0
    message = (
        Message.objects.select_related("participant", "room", "reply_to")
        .filter(pk=event.data["message"]["id"])
        .first()
    )
    return _record(message, list(_wakes(message))) if message is not None else 0


def _wakes(message: Message) -> Iterator[Wake]:
    """The personas that `message` calls, each once: in the order of the text, then the one
    that it replies to; none in an archived room. What a persona writes replies to its
    trigger and wakes nobody by that.
    """
    if message.room.archived_at is not None:
        return
    everybody = list(message.room.participants.filter(left_at=None))
    personas = {
        p.pk: p for p in everybody if p.kind == Participant.Kind.PERSONA and p.pk != message.participant_id
    }
    mentionable = [Mentionable(p.pk, (p.name, *p.aliases)) for p in everybody]
    mentions = parse_mentions(message.text, mentionable)
    is_person = message.participant.kind == Participant.Kind.HUMAN
    for participant_id in mentions.ids:
        if participant_id in personas:
            cause = Turn.Cause.MENTION if is_person else Turn.Cause.HANDOVER
            yield Wake(personas.pop(participant_id), cause)
    replied_to = (
        personas.pop(message.reply_to.participant_id, None) if message.reply_to and is_person else None
    )
    if replied_to is not None:
        yield Wake(replied_to, Turn.Cause.REPLY)
    if mentions.is_everyone and is_person:
        for persona in personas.values():
            yield Wake(persona, Turn.Cause.MENTION_ALL)


def _record(message: Message, wakes: Sequence[Wake]) -> int:
    """A turn for each wake: queued, or blocked with the reason. Reserves the chain's budget."""
    if not wakes:
        return 0
    # The turn that wrote its end, where several did.
    parent = Turn.objects.filter(pk=message.turn_id).first() if message.turn_id else None
    chain = _chain_for(message.room, parent)
    depth = parent.depth + 1 if parent else 0
    limits = guard.Limits(depth=settings.LLM_CHAIN_DEPTH, turns=settings.LLM_CHAIN_TURNS)
    for wake in wakes:
        refusal = guard.refuse(limits, depth=depth, turns_used=chain.turns_used)
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
