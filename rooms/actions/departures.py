"""Going out of a room, by one's own wish or another's. What somebody said stays."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from rooms import eventlog
from rooms.access import Seat
from rooms.actions.roster import append_participant, lock_roster, require_another_owner, require_role
from rooms.errors import ParleyError, not_found
from rooms.models import Participant, Room

_OVERSEERS = {Participant.Role.OWNER, Participant.Role.MODERATOR}


def leave_room(*, by: Seat) -> None:
    """Leave. The role is kept for whoever comes back by an invite, so that leaving and
    joining again makes no viewer a member.

    Raises `last_owner` for the only owner while other people are here: they would be
    left in a room that nobody can look after.
    """
    with eventlog.transaction():
        room = lock_roster(by.room.pk)
        require_role(by, "read")
        people = room.participants.filter(kind=Participant.Kind.HUMAN, left_at=None)
        if people.exclude(pk=by.participant.pk).exists():
            require_another_owner(room, by.participant)
        _depart(room, by.participant)


def remove_participant(*, by: Seat, participant_id: UUID, ban: bool) -> None:
    """Remove a person or a persona. A removed person has no higher role than member from
    then on and may come back by a working invite, unless `ban`. For somebody who is gone
    already, only that is changed: so a ban is lifted.

    Raises `not_found`, `invalid` for oneself, `not_allowed` for a moderator who removes
    an owner or moderator.
    """
    with eventlog.transaction():
        room = lock_roster(by.room.pk)
        require_role(by, "moderate")
        target = room.participants.filter(pk=participant_id).first()
        if target is None:
            raise not_found()
        if target.pk == by.participant.pk:
            raise ParleyError("invalid", "You can't remove yourself. Leave the room instead.")
        if target.role in _OVERSEERS and by.participant.role != Participant.Role.OWNER:
            raise ParleyError("not_allowed", "Only an owner can remove an owner or a moderator.", need="own")
        if target.role in _OVERSEERS:
            target.role = Participant.Role.MEMBER
        target.is_banned = ban and target.kind == Participant.Kind.HUMAN
        _depart(room, target)


def _depart(room: Room, participant: Participant) -> None:
    if participant.left_at is None:
        participant.left_at = timezone.now()
    participant.save(update_fields=["left_at", "role", "is_banned"])
    append_participant(room, participant)
