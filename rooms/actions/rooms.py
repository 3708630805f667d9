"""Making and naming rooms."""

from __future__ import annotations

from collections.abc import Sequence

from personas.models import Persona
from rooms import eventlog
from rooms.access import Seat
from rooms.actions.roster import Newcomer, seat_owner, seat_personas
from rooms.errors import ParleyError
from rooms.models import Room
from rooms.protocol.events import RoomChanged
from rooms.shaping import room_shape
from rooms.viewers import Viewer


def create_room(
    *, by: Viewer, name: str, description: str, visibility: str, owner: Newcomer, cast: Sequence[Persona]
) -> Room:
    """A room owned by `by`, with copies of the personas `cast`. Raises as `join_room` does."""
    with eventlog.transaction():
        room = Room.objects.create(name=checked_text(name), description=description, visibility=visibility)
        eventlog.append(room.pk, RoomChanged(room=room_shape(room)))
        # First, so that the owner's name is the owner's; a persona of that name gets a number.
        seat_owner(room=room, by=by, newcomer=owner, cast_colors=[persona.color for persona in cast])
        seat_personas(room=room, personas=cast)
        return room


def rename_room(*, by: Seat, name: str) -> None:
    room = by.room
    room.name = checked_text(name)
    with eventlog.transaction():
        room.save(update_fields=["name"])
        eventlog.append(room.pk, RoomChanged(room=room_shape(room)))


def checked_text(text: str) -> str:
    """A room's name: one line with something visible in it. Raises `invalid`."""
    line = " ".join(text.split())
    if not line.isprintable() or not line:
        raise ParleyError(
            "invalid", "A room's name is one line of visible text.", fields={"name": "not visible"}
        )
    return line
