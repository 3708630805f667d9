"""The only door to a room on somebody's behalf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from rooms.errors import ParleyError, not_found
from rooms.models import Participant, Room
from rooms.viewers import Viewer

Need = Literal["read", "inspect", "interrupt", "speak", "moderate", "own"]

_ROLES: dict[Need, frozenset[str]] = {
    "read": frozenset({"owner", "moderator", "member", "viewer"}),
    # What personas were given to read, and why they spoke.
    "inspect": frozenset({"owner", "moderator", "member"}),
    "interrupt": frozenset({"owner", "moderator", "member"}),
    "speak": frozenset({"owner", "moderator", "member"}),
    "moderate": frozenset({"owner", "moderator"}),
    "own": frozenset({"owner"}),
}

# What an archived room refuses. Stopping a reply stays possible, and its owner's decisions.
_WRITING: frozenset[Need] = frozenset({"speak", "moderate"})


@dataclass(frozen=True)
class Seat:
    """A viewer's place in a room: proof that access was checked."""

    room: Room
    participant: Participant


def access_room(viewer: Viewer, room_id: UUID, *, need: Need) -> Seat:
    """The viewer's seat in the room, if it exists, they are in it, and their role allows `need`.

    Raises ParleyError: `not_found` for a stranger (a room that is not there looks the
    same), `not_allowed` for a member whose role is too small, `room_archived` for writing
    into a room that is archived.
    """
    if not viewer.is_known:
        raise not_found()
    participant = (
        Participant.objects.select_related("room")
        .filter(room_id=room_id, left_at=None, **viewer.seat_filter)
        .first()
    )
    if participant is None:
        raise not_found()
    require(participant, need)
    if need in _WRITING and participant.room.archived_at is not None:
        raise ParleyError("room_archived", "This room is archived. Its owner can restore it.")
    return Seat(participant.room, participant)


def require_write(viewer: Viewer) -> None:
    """Raises `not_allowed` for a program whose token only reads."""
    if not viewer.may_write:
        raise ParleyError("not_allowed", "This token may only read.", scope="write")


def allows(participant: Participant, need: Need) -> bool:
    return participant.role in _ROLES[need]


def require(participant: Participant, need: Need) -> None:
    """Raises `not_allowed` where the participant's role is too small."""
    if not allows(participant, need):
        raise ParleyError("not_allowed", "Your role in this room does not allow this.", need=need)


def access_invite(token: str) -> Room:
    """The room that an invite opens, for anybody who holds it. A private room's opens nothing."""
    open_rooms = Room.objects.filter(archived_at=None).exclude(visibility=Room.Visibility.PRIVATE)
    # Every invite is printable ASCII; PostgreSQL would refuse to look for some other texts.
    room = open_rooms.filter(invite=token).first() if token.isascii() and token.isprintable() else None
    if room is None:
        raise ParleyError("not_found", "This invitation does not exist any more.")
    return room


def access_public_room(room_id: UUID) -> Room:
    """A room that anybody may join without an invitation."""
    room = Room.objects.filter(pk=room_id, visibility=Room.Visibility.PUBLIC, archived_at=None).first()
    if room is None:
        raise not_found()
    return room
