"""Personas in a room: copies of the catalogue's, or made here, and what can be changed of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from personas.models import ChatStyle, Persona
from rooms import eventlog
from rooms.access import Seat
from rooms.actions.chosen_models import check_model, checked_fallbacks
from rooms.actions.roster import (
    PARTICIPANTS_MOST,
    append_participant,
    check_room_for_more,
    free_among,
    free_name,
    lock_roster,
    next_color,
    require_role,
)
from rooms.errors import ParleyError, not_found
from rooms.models import Participant, Room
from rooms.names import name_key

# As many as a cast may have. Also bounds what one message to everybody wakes.
PERSONAS_MOST = 50


@dataclass(frozen=True)
class PersonaSketch:
    """A persona that is made in a room. A blank `model` means the room's default, and no
    `fallbacks` the room's."""

    name: str
    title: str = ""
    description: str = ""
    prompt: str = ""
    model: str = ""
    fallbacks: Sequence[str] = ()
    avatar: str = ""
    style: str = ChatStyle.CONVERSATIONAL


def seat_personas(*, room: Room, personas: Sequence[Persona]) -> list[Participant]:
    """Copy catalogue entries into the room, in order; a name that is taken gets a number.

    As many queries for twenty personas as for one. Raises `room_full`.
    """
    with eventlog.transaction():
        room = lock_roster(room.pk)
        here = _with_room_for(room, len(personas))
        seats: list[Participant] = []
        for persona in personas:
            seats.append(_copy_of(persona, room, _numbered_name([*here, *seats], persona.name)))
        Participant.objects.bulk_create(seats)
        append_participant(room, *seats)
    return seats


def add_from_catalogue(*, by: Seat, persona_id: UUID) -> Participant:
    """Seat a copy of a listed persona. Raises `not_found`, `room_full`."""
    with eventlog.transaction():
        room = lock_roster(by.room.pk)
        require_role(by, "moderate")
        persona = Persona.objects.filter(pk=persona_id, is_listed=True).first()
        if persona is None:
            raise not_found()
        return seat_personas(room=room, personas=[persona])[0]


def add_new_persona(*, by: Seat, sketch: PersonaSketch) -> Participant:
    """Seat a persona that the catalogue does not have.

    Raises `invalid` (the name, the model), `name_taken`, `name_imitates`, `room_full`.
    """
    check_model(sketch.model)
    fallbacks = checked_fallbacks(sketch.fallbacks)
    with eventlog.transaction():
        room = lock_roster(by.room.pk)
        require_role(by, "moderate")
        name = free_among(_with_room_for(room, 1), sketch.name)
        own = {**asdict(sketch), "name": name, "name_key": name_key(name), "fallbacks": fallbacks}
        kind = Participant.Kind.PERSONA
        seat = Participant.objects.create(room=room, kind=kind, color=next_color(room), **own)
        append_participant(room, seat)
        return seat


def edit_persona(
    *,
    by: Seat,
    participant_id: UUID,
    name: str | None = None,
    title: str | None = None,
    description: str | None = None,
    prompt: str | None = None,
    model: str | None = None,
    fallbacks: Sequence[str] | None = None,
    avatar: str | None = None,
    style: str | None = None,
) -> None:
    """Change what is given; None leaves as it is. Turns that wait already keep their model.

    Raises `not_found`, also for a person, whom nobody else edits; `invalid`, `name_taken`,
    `name_imitates`.
    """
    given: dict[str, Any] = {
        "title": title,
        "description": description,
        "prompt": prompt,
        "model": model,
        "avatar": avatar,
        "style": style,
    }
    with eventlog.transaction():
        room = lock_roster(by.room.pk)
        require_role(by, "moderate")
        persona = _present_persona(room, participant_id)
        if name is not None:
            name = free_name(room, name, besides=persona)
            given |= {"name": name, "name_key": name_key(name)}
        if fallbacks is not None:
            given["fallbacks"] = checked_fallbacks(fallbacks, kept=persona.fallbacks)
        changed = {f: v for f, v in given.items() if v is not None and v != getattr(persona, f)}
        if "model" in changed:
            # One that it has already may be gone by now, and stays its owner's business.
            check_model(changed["model"])
        for field, value in changed.items():
            setattr(persona, field, value)
        if changed:
            persona.save(update_fields=list(changed))
            append_participant(room, persona)


def mute_persona(*, by: Seat, participant_id: UUID, is_muted: bool) -> None:
    """Have a persona say nothing in this room, or let it speak again.

    What it was called for before goes on: to end that is what stopping is for. Raises
    `not_found`, also for a person, whom nobody mutes.
    """
    with eventlog.transaction():
        room = lock_roster(by.room.pk)
        require_role(by, "moderate")
        persona = _present_persona(room, participant_id)
        if persona.is_muted != is_muted:
            persona.is_muted = is_muted
            persona.save(update_fields=["is_muted"])
            append_participant(room, persona)


def _present_persona(room: Room, participant_id: UUID) -> Participant:
    persona = room.participants.filter(pk=participant_id, kind=Participant.Kind.PERSONA, left_at=None).first()
    if persona is None:
        raise not_found()
    return persona


def _copy_of(persona: Persona, room: Room, name: str) -> Participant:
    return Participant(
        room=room,
        kind=Participant.Kind.PERSONA,
        source=persona,
        lens=persona.slug,
        name=name,
        name_key=name_key(name),
        aliases=persona.aliases,
        title=persona.title,
        description=persona.description,
        avatar=persona.avatar,
        color=persona.color,
        prompt=persona.prompt,
        model=persona.model,
        fallbacks=persona.fallbacks,
        style=persona.style,
    )


def _with_room_for(room: Room, coming: int) -> list[Participant]:
    """Everybody who is here. Raises `room_full` where so many more personas do not fit."""
    here = list(room.participants.filter(left_at=None))
    check_room_for_more(len(here), coming)
    if sum(seat.kind == Participant.Kind.PERSONA for seat in here) + coming > PERSONAS_MOST:
        raise ParleyError("room_full", f"This room has {PERSONAS_MOST} personas, which is the most.")
    return here


def _numbered_name(others: Sequence[Participant], wanted: str) -> str:
    for number in range(1, PARTICIPANTS_MOST + 1):
        try:
            return free_among(others, wanted if number == 1 else f"{wanted} {number}")
        except ParleyError as error:
            if error.code not in {"name_taken", "name_imitates"}:
                raise
    raise ParleyError("name_taken", f"There is no free name like {wanted} left.", name=wanted)
