"""The read path: one room at one moment, its older pages, and what was missed.

The head number is read first and the rows after it, without a transaction (which would
block writers on SQLite): an event that lands in between is in the rows already and
comes again as an event, and applying a whole shape twice does no harm.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.conf import settings

from rooms import eventlog, extensions, polls
from rooms.access import Seat
from rooms.errors import ParleyError, not_found
from rooms.models import Installation, Message, Participant, Room
from rooms.protocol.shapes import (
    ChatStyle,
    MessageShape,
    ParticipantShape,
    PersonaSetup,
    Role,
    RoomShape,
    YouShape,
)
from rooms.protocol.snapshot import MessagePageCore
from rooms.shaping import current_message_shape, participant_shape, participant_shapes, room_shape

PAGE = 50
# Of the messages' texts on a page, as JSON. A page of the longest messages would be megabytes, and
# Daphne refuses to send a frame of more than one: the room could not be opened any more.
PAGE_BYTES = 400_000


def epoch() -> UUID:
    return Installation.objects.values_list("epoch", flat=True).get(pk=1)


def you_shape(seat: Seat) -> YouShape:
    return YouShape(participant_id=seat.participant.pk, role=cast(Role, seat.participant.role))


def room_snapshot(seat: Seat) -> dict[str, Any]:
    """The whole room for its member, as a JSON object of `extensions.snapshot_shape()`."""
    head_seq = eventlog.head(seat.room.pk)
    room = Room.objects.get(pk=seat.room.pk)
    page = _page(seat, before=None, limit=PAGE)
    shape = extensions.snapshot_shape()
    snapshot = shape(
        epoch=epoch(),
        head_seq=head_seq,
        room=room_shape(room),
        you=you_shape(seat),
        participants=participant_shapes(list(room.participants.all()), room),
        messages=page.messages,
        has_older=page.has_older,
        polls=page.polls.polls,
        ballots=page.polls.ballots,
        **page.sections,
    )
    return snapshot.model_dump(mode="json")


def older_messages(seat: Seat, *, before: int, limit: int) -> MessagePageCore:
    """Up to `limit` messages placed before `before`, fewer where they are long, oldest first, with
    their sections: an `extensions.message_page_shape()`, its `next` left to whoever knows addresses."""
    page = _page(seat, before=before, limit=limit)
    shape = extensions.message_page_shape()
    return shape(
        messages=page.messages,
        has_older=page.has_older,
        polls=page.polls.polls,
        ballots=page.polls.ballots,
        next=None,
        **page.sections,
    )


def one_room(seat: Seat) -> RoomShape:
    """The room as it is now: the seat may be older."""
    return room_shape(Room.objects.get(pk=seat.room.pk))


def present(seat: Seat) -> list[ParticipantShape]:
    """Everybody who is in the room, in the order they came."""
    return participant_shapes(list(seat.room.participants.filter(left_at=None)), seat.room)


def one_participant(seat: Seat, participant_id: UUID) -> ParticipantShape:
    """One who is, or was, in the room. Raises `not_found`."""
    participant = seat.room.participants.filter(pk=participant_id).first()
    if participant is None:
        raise not_found()
    return participant_shape(participant, seat.room)


def persona_setup(seat: Seat, participant_id: UUID) -> PersonaSetup:
    """How a persona is set up. Raises `not_found`, also for a person."""
    personas = seat.room.participants.filter(kind=Participant.Kind.PERSONA)
    persona = personas.filter(pk=participant_id).first()
    if persona is None:
        raise not_found()
    return PersonaSetup(
        participant_id=persona.pk,
        prompt=persona.prompt,
        model=persona.model,
        fallbacks=persona.fallbacks,
        style=cast(ChatStyle, persona.style),
    )


def one_message(seat: Seat, message_id: UUID) -> MessageShape:
    message = Message.objects.filter(room=seat.room, pk=message_id, seq__isnull=False).first()
    if message is None:
        raise not_found()
    return current_message_shape(message)


@dataclass(frozen=True)
class Tail:
    """What happened after a number. `head_seq` was read before the events, so that they reach
    it unless they are cut: the first ones of more."""

    events: list[eventlog.Committed]
    head_seq: int
    is_cut: bool


def tail(room_id: UUID, *, after: int, limit: int | None) -> Tail:
    """The events above `after`: up to `limit`, else all of them.

    Raises `replay_too_far` where the log does not reach back so far, or all are too many.
    """
    most = settings.ROOMS_REPLAY_EVENTS if limit is None else min(limit, settings.ROOMS_REPLAY_EVENTS)
    head_seq = eventlog.head(room_id)
    events = eventlog.replay(room_id, after=after, limit=most + 1)
    is_cut = len(events) > most
    # Of a room where nothing happened for long, the whole log is gone.
    oldest = events[0].seq if events else head_seq + 1
    if after < 0 or oldest > after + 1 or (is_cut and limit is None):
        raise ParleyError("replay_too_far", "Too much has happened since then; load the room again.")
    return Tail(events[:most], head_seq, is_cut)


def missed_events(room_id: UUID, *, after: int) -> list[eventlog.Committed]:
    """All events above `after`. Raises `replay_too_far` when a snapshot is the better answer."""
    return tail(room_id, after=after, limit=None).events


@dataclass(frozen=True)
class _Page:
    messages: list[MessageShape]
    has_older: bool
    polls: polls.PollSection
    sections: dict[str, list[Any]]


def _page(seat: Seat, *, before: int | None, limit: int) -> _Page:
    room = seat.room
    rows = Message.objects.filter(room=room, seq__isnull=False).order_by("-seq")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    newest = list(rows[: limit + 1])
    shapes = _fitting([current_message_shape(m) for m in newest[:limit]])
    messages = newest[: len(shapes)][::-1]
    return _Page(
        messages=shapes[::-1],
        has_older=len(newest) > len(shapes),
        polls=polls.section(
            seat, [m.pk for m in messages if m.kind == Message.Kind.POLL], with_open=before is None
        ),
        sections={s.name: list(s.read(room, messages)) for s in extensions.snapshot_sections()},
    )


def _fitting(newest: list[MessageShape]) -> list[MessageShape]:
    """As many of them, from the first, as go onto one page; one at least."""
    left = PAGE_BYTES
    for count, shape in enumerate(newest):
        left -= len(json.dumps(shape.text, ensure_ascii=False).encode())
        if left < 0:
            return newest[: max(1, count)]
    return newest
