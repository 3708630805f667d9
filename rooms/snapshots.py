"""The read path: one room at one moment, its older pages, and what was missed.

The head number is read first and the rows after it, without a transaction (which would
block writers on SQLite): an event that lands in between is in the rows already and
comes again as an event, and applying a whole shape twice does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.conf import settings

from rooms import eventlog, extensions
from rooms.access import Seat
from rooms.errors import ParleyError, not_found
from rooms.models import Installation, Message, Room
from rooms.protocol.shapes import MessageShape, Role, YouShape
from rooms.shaping import current_message_shape, participant_shapes, room_shape

PAGE = 50
PAGE_MOST = 200


def epoch() -> UUID:
    return Installation.objects.values_list("epoch", flat=True).get(pk=1)


def head(room_id: UUID) -> int:
    """The number of the room's newest event."""
    return eventlog.head(room_id)


def you_shape(seat: Seat) -> YouShape:
    return YouShape(participant_id=seat.participant.pk, role=cast(Role, seat.participant.role))


def room_snapshot(seat: Seat) -> dict[str, Any]:
    """The whole room for its member, as a JSON object of `extensions.snapshot_shape()`."""
    head_seq = eventlog.head(seat.room.pk)
    room = Room.objects.get(pk=seat.room.pk)
    page = _page(room, before=None, limit=PAGE)
    shape = extensions.snapshot_shape()
    snapshot = shape(
        epoch=epoch(),
        head_seq=head_seq,
        room=room_shape(room),
        you=you_shape(seat),
        participants=participant_shapes(list(room.participants.all()), room),
        messages=page.messages,
        has_older=page.has_older,
        **page.sections,
    )
    return snapshot.model_dump(mode="json")


def older_messages(seat: Seat, *, before: int, limit: int) -> dict[str, Any]:
    """Up to `limit` messages placed before `before`, oldest first, with their sections."""
    page = _page(seat.room, before=before, limit=max(1, min(limit, PAGE_MOST)))
    return {
        "messages": [m.model_dump(mode="json") for m in page.messages],
        "has_older": page.has_older,
        **{name: [s.model_dump(mode="json") for s in shapes] for name, shapes in page.sections.items()},
    }


def one_message(seat: Seat, message_id: UUID) -> MessageShape:
    message = Message.objects.filter(room=seat.room, pk=message_id, seq__isnull=False).first()
    if message is None:
        raise not_found()
    return current_message_shape(message)


def missed_events(room_id: UUID, *, after: int) -> list[eventlog.Committed]:
    """All events above `after`. Raises `replay_too_far` when a snapshot is the better answer."""
    most = settings.ROOMS_REPLAY_EVENTS
    events = eventlog.replay(room_id, after=after, limit=most + 1)
    is_contiguous = not events or events[0].seq == after + 1
    if len(events) > most or not is_contiguous or after < 0:
        raise ParleyError("replay_too_far", "Too much has happened since then; load the room again.")
    return events


@dataclass(frozen=True)
class _Page:
    messages: list[MessageShape]
    has_older: bool
    sections: dict[str, list[Any]]


def _page(room: Room, *, before: int | None, limit: int) -> _Page:
    rows = Message.objects.filter(room=room, seq__isnull=False).order_by("-seq")
    if before is not None:
        rows = rows.filter(seq__lt=before)
    newest = list(rows[: limit + 1])
    messages = newest[:limit][::-1]
    return _Page(
        messages=[current_message_shape(m) for m in messages],
        has_older=len(newest) > limit,
        sections={s.name: list(s.read(room, messages)) for s in extensions.snapshot_sections()},
    )
