"""What a connection begins with: `hello`, and what it missed. In the database."""

from __future__ import annotations

from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from rooms import eventlog, snapshots
from rooms.access import Seat
from rooms.errors import ParleyError
from rooms.protocol import PROTOCOL_VERSION
from rooms.protocol.events import EventData, Hello


def opening_frames(seat: Seat, query_string: bytes, present: list[UUID] | None) -> list[str]:
    """`hello`, then the missed events or a snapshot."""
    room_id = seat.room.pk
    query = parse_qs(query_string.decode("ascii", "replace"))
    after = query.get("after", [""])[0]
    epoch = snapshots.epoch()
    head_seq = eventlog.head(room_id)
    hello = Hello(
        protocol=PROTOCOL_VERSION,
        build=settings.BUILD,
        epoch=epoch,
        head_seq=head_seq,
        you=snapshots.you_shape(seat),
        present_ids=present,
    )
    frames = [encoded(room_id, hello)]
    if (
        after.isdigit()
        and len(after) < 19
        and query.get("epoch", [""])[0] == str(epoch)
        and int(after) <= head_seq
    ):
        try:
            missed = snapshots.missed_events(room_id, after=int(after))
            replay = [eventlog.encode_committed(event) for event in missed]
            if sum(map(len, replay)) < settings.ROOMS_REPLAY_CHARACTERS:
                return frames + replay
        except ParleyError:
            pass
    snapshot = snapshots.room_snapshot(seat)
    return [*frames, eventlog.encode(room_id, None, timezone.now(), "snapshot", snapshot)]


def encoded(room_id: UUID, data: EventData) -> str:
    """A frame for one connection, or for whoever is there now: it has no number."""
    return eventlog.encode(room_id, None, timezone.now(), data.type, data.model_dump(mode="json"))
