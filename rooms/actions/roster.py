"""Who is in a room, and under which name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from personas.models import COLORS
from rooms import eventlog
from rooms.access import Need, Seat, require
from rooms.actions.guests import checked_name
from rooms.errors import ParleyError, not_found
from rooms.models import Participant, Room
from rooms.names import look_key, name_key
from rooms.protocol.events import ParticipantChanged
from rooms.protocol.shapes import Role
from rooms.shaping import participant_shapes
from rooms.viewers import Viewer

# A room is a conversation, not a broadcast channel; also bounds every roster in a prompt.
PARTICIPANTS_MOST = 300


@dataclass(frozen=True)
class Newcomer:
    """How a person wants to be called in a room."""

    name: str
    title: str = ""


def join_room(*, room: Room, by: Viewer, newcomer: Newcomer) -> Participant:
    """Seat a person, or welcome them back in the seat they left.

    Raises `invalid`, `name_taken`, `name_imitates`, `room_full`, `not_allowed` for the banned.
    """
    with eventlog.transaction():
        room = lock_roster(room.pk)
        seat = Participant.objects.filter(room=room, **by.seat_filter).first()
        if seat is not None and seat.left_at is None:
            return seat
        if seat is not None and seat.is_banned:
            raise ParleyError("not_allowed", "You were removed from this room and can't join it again.")
        if seat is None:
            check_room_for_more(room.participants.filter(left_at=None).count())
            seat = _new_seat(room, by, Participant.Role.MEMBER, next_color(room))
        return _sit_down(room, seat, newcomer)


def seat_owner(*, room: Room, by: Viewer, newcomer: Newcomer, cast_colors: Iterable[int]) -> Participant:
    """Seat the maker of a new room, in a colour that its cast does not have."""
    with eventlog.transaction():
        seat = _new_seat(room, by, Participant.Role.OWNER, next_color(room, cast_colors))
        return _sit_down(room, seat, newcomer)


def rename_self(*, by: Seat, name: str | None, title: str | None) -> None:
    """Change one's own name and title; None leaves as it is.

    Raises `invalid`, `name_taken`, `name_imitates`.
    """
    with eventlog.transaction():
        room = lock_roster(by.room.pk)
        participant = by.participant
        if name is not None:
            participant.name = free_name(room, name, besides=participant)
            participant.name_key = name_key(participant.name)
        if title is not None:
            participant.title = title
        participant.save(update_fields=["name", "name_key", "title"])
        append_participant(room, participant)


def set_role(*, by: Seat, participant_id: UUID, role: Role) -> None:
    """Give a person who is here another role.

    Raises `not_found`, `invalid` for a persona, `last_owner` where no owner would be left.
    """
    with eventlog.transaction():
        room = lock_roster(by.room.pk)
        require_role(by, "own")
        target = room.participants.filter(pk=participant_id, left_at=None).first()
        if target is None:
            raise not_found()
        if target.kind != Participant.Kind.HUMAN:
            raise ParleyError("invalid", "Only people have roles.")
        if role != "owner":
            require_another_owner(room, target)
        target.role = role
        target.save(update_fields=["role"])
        append_participant(room, target)


def require_role(by: Seat, need: Need) -> None:
    """Look at the role again under the roster's lock: another owner may just have taken it."""
    by.participant.refresh_from_db(fields=["role", "left_at"])
    if by.participant.left_at is not None:
        raise not_found()
    require(by.participant, need)


def require_another_owner(room: Room, participant: Participant) -> None:
    """Raises `last_owner` if `participant` is the only owner present."""
    owners = room.participants.filter(role=Participant.Role.OWNER, left_at=None)
    if participant.role == Participant.Role.OWNER and not owners.exclude(pk=participant.pk).exists():
        raise ParleyError("last_owner", "This room has no other owner. Make somebody else an owner first.")


def lock_roster(room_id: UUID) -> Room:
    """The room's row, locked, so that two people can't take one name at the same time."""
    return Room.objects.select_for_update(no_key=True).get(pk=room_id)


def free_name(room: Room, wanted: str, *, besides: Participant | None) -> str:
    """`wanted`, cleaned, if nobody else present has it or one that looks like it."""
    others = room.participants.filter(left_at=None)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    return free_among(others, wanted)


def free_among(others: Iterable[Participant], wanted: str) -> str:
    """`wanted`, cleaned, if none of `others` has it or one that looks like it."""
    name = checked_name(wanted)
    key, look = name_key(name), look_key(name)
    for other in others:
        names = [other.name, *other.aliases]
        if any(name_key(n) == key for n in names) and name.casefold() in {n.casefold() for n in names}:
            raise ParleyError("name_taken", f"Somebody here is called {other.name} already.", name=other.name)
        if any(name_key(n) == key or look_key(n) == look for n in names):
            sentence = f"This name looks like {other.name}, who is here already."
            raise ParleyError("name_imitates", sentence, name=other.name)
    return name


def check_room_for_more(here: int, coming: int = 1) -> None:
    """Raises `room_full` where `coming` more do not fit beside those who are `here`."""
    if here + coming > PARTICIPANTS_MOST:
        raise ParleyError("room_full", f"This room is full: {PARTICIPANTS_MOST} people and personas.")


def _new_seat(room: Room, by: Viewer, role: Participant.Role, color: int) -> Participant:
    return Participant(room=room, kind=Participant.Kind.HUMAN, role=role, color=color, **by.seat_filter)


def _sit_down(room: Room, seat: Participant, newcomer: Newcomer) -> Participant:
    name = free_name(room, newcomer.name, besides=seat)
    seat.name, seat.name_key, seat.title, seat.left_at = name, name_key(name), newcomer.title, None
    fields = ["name", "name_key", "title", "left_at"]
    seat.save(update_fields=None if seat._state.adding else fields)
    append_participant(room, seat)
    return seat


def next_color(room: Room, also_used: Iterable[int] = ()) -> int:
    """The colour that the fewest here have; among those, far from its neighbours."""
    used = Counter([*room.participants.filter(left_at=None).values_list("color", flat=True), *also_used])
    # 5 and 12 share no divisor, so this visits every colour, neighbours far apart.
    wheel = [step * 5 % COLORS for step in range(COLORS)]
    return min(wheel, key=lambda color: used[color])


def append_participant(room: Room, *participants: Participant) -> None:
    for shape in participant_shapes(participants, room):
        eventlog.append(room.pk, ParticipantChanged(participant=shape))
