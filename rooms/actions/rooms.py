"""Making, changing and archiving rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from personas.models import Persona, RoomPreset
from rooms import eventlog
from rooms.access import Seat
from rooms.actions.chosen_models import check_model, checked_fallbacks
from rooms.actions.personas import seat_personas
from rooms.actions.roster import Newcomer, append_participant, seat_owner
from rooms.errors import ParleyError
from rooms.models import Participant, Room
from rooms.models.room import make_invite
from rooms.protocol.events import RoomChanged
from rooms.shaping import room_shape
from rooms.viewers import Viewer


def create_room(
    *,
    by: Viewer,
    name: str,
    description: str,
    visibility: str,
    owner: Newcomer,
    cast: Sequence[Persona],
    preset: RoomPreset | None = None,
) -> Room:
    """A room owned by `by`, with copies of the personas `cast`; of `preset` it only remembers the run that
    it proposes. Raises as `join_room` does."""
    with eventlog.transaction():
        room = Room.objects.create(
            name=checked_text(name), description=description, visibility=visibility, preset=preset
        )
        eventlog.append(room.pk, RoomChanged(room=room_shape(room)))
        # First, so that the owner's name is the owner's; a persona of that name gets a number.
        seat_owner(room=room, by=by, newcomer=owner, cast_colors=[persona.color for persona in cast])
        seat_personas(room=room, personas=cast)
        return room


def change_room(
    *,
    by: Seat,
    name: str | None = None,
    description: str | None = None,
    visibility: str | None = None,
    default_model: str | None = None,
    fallback_models: Sequence[str] | None = None,
    wake_policy: str | None = None,
    hands: str | None = None,
    memory_tokens: int | None = None,
) -> None:
    """Change what is given; None leaves as it is. `memory_tokens` 0 means the server's.

    Raises `invalid` for a name that is none, and for a model that nothing here answers with.
    """
    given: dict[str, Any] = {
        "description": description,
        "visibility": visibility,
        "default_model": default_model,
        "wake_policy": wake_policy,
        "hands": hands,
    }
    if name is not None:
        given["name"] = checked_text(name)
    if default_model is not None and default_model != by.room.default_model:
        check_model(default_model)
    if fallback_models is not None:
        given["fallback_models"] = checked_fallbacks(fallback_models, kept=by.room.fallback_models)
    with eventlog.transaction():
        values: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
        if memory_tokens is not None:
            values["memory_tokens"] = memory_tokens or None
        changed = _save(by.room, **values)
        if "default_model" in changed:
            _tell_of_personas(by.room)


def archive_room(*, by: Seat) -> None:
    """Make the room read-only and take it off the lists. Archiving twice does no harm."""
    if by.room.archived_at is None:
        _save(by.room, archived_at=timezone.now())


def restore_room(*, by: Seat) -> None:
    """Undo `archive_room`."""
    if by.room.archived_at is not None:
        _save(by.room, archived_at=None)


def renew_invite(*, by: Seat) -> None:
    """Give the room another join link; the old one opens nothing from now on."""
    _save(by.room, invite=make_invite())


def _tell_of_personas(room: Room) -> None:
    """Say anew what each persona without a model of its own answers with."""
    room = Room.objects.get(pk=room.pk)
    for persona in room.participants.filter(kind=Participant.Kind.PERSONA, left_at=None, model=""):
        append_participant(room, persona)


def _save(room: Room, **values: Any) -> list[str]:
    """Write the values that differ and tell the room, with every field as it is by then.
    Returns the names of those."""
    with eventlog.transaction():
        # Somebody else may have changed another field since the seat was looked up.
        room = Room.objects.select_for_update(no_key=True).get(pk=room.pk)
        changed = [field for field, value in values.items() if getattr(room, field) != value]
        for field in changed:
            setattr(room, field, values[field])
        if changed:
            room.save(update_fields=changed)
            eventlog.append(room.pk, RoomChanged(room=room_shape(room)))
        return changed


def checked_text(text: str) -> str:
    """A room's name: one line with something visible in it. Raises `invalid`."""
    line = " ".join(text.split())
    if not line.isprintable() or not line:
        raise ParleyError(
            "invalid", "A room's name is one line of visible text.", fields={"name": "not visible"}
        )
    return line
