"""Who is woken by what was said.

Decided from the room's log, event by event, up to the dispatch cursor; whatever calls
this (the signal after a commit, or the sweep) gets the same decisions exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from llm.models import DispatchCursor, Turn
from llm.tools.handovers import handovers_of
from llm.wakes import Wake, record
from rooms import eventlog
from rooms.mentions import Mentionable, parse_mentions
from rooms.models import Message, Participant
from rooms.protocol.events import MessageFinished, MessagePosted

EVENTS_A_PASS = 500


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
    return record(message, list(_wakes(message))) if message is not None else 0


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
    is_person = message.participant.kind == Participant.Kind.HUMAN
    handovers = handovers_of(message)
    for handover in handovers.by_tool:
        if handover.participant_id in personas:
            yield Wake(personas.pop(handover.participant_id), Turn.Cause.HANDOVER)
    if not handovers.counts_text:
        return
    mentions = parse_mentions(message.text, mentionable)
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
