"""What personas may use in a room, as its owner and moderators set it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from rooms import eventlog
from rooms.access import Seat
from rooms.models import Room
from rooms.protocol.events import RoomChanged
from rooms.shaping import room_shape

_PLACES = Decimal("0.0001")


def set_limits(*, by: Seat, given: Mapping[str, float | None]) -> None:
    """Set the limits that are `given`, named as in `RoomLimits`; None and 0 leave it to the server.

    Money is kept to four places; less than that is as good as nothing, and becomes the least
    that can be kept.
    """
    with eventlog.transaction():
        room = Room.objects.select_for_update(no_key=True).get(pk=by.room.pk)
        changed = []
        for name, value in given.items():
            wanted = _kept(name, value)
            if getattr(room, name) != wanted:
                setattr(room, name, wanted)
                changed.append(name)
        if changed:
            room.save(update_fields=changed)
            eventlog.append(room.pk, RoomChanged(room=room_shape(room)))


def _kept(name: str, value: float | None) -> Decimal | float | None:
    if not value:
        return None
    return max(_PLACES, Decimal(str(value)).quantize(_PLACES)) if name.endswith("_usd") else value
