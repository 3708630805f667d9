"""From what somebody asks for to a run that can be started: who takes part, and how long at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from llm.orchestration import conditions
from llm.orchestration.registry import BY_NAME
from llm.orchestration.values import Mode, Office, Setup
from llm.runs.protocol import CAST_MOST, TURNS_MOST, RunSpec
from rooms import extensions
from rooms.access import allows
from rooms.errors import ParleyError
from rooms.models import Participant, Room

# Beside what people ask for: a run that brings nothing ends by itself.
ENDLESS = conditions.AllPassed() | conditions.Errors(3) | conditions.Stall(6) | conditions.Repetition(4)
SECONDS_MOST = 3_600


@dataclass(frozen=True)
class Prepared:
    """A run that could be started. `setup` has no goal and no seed yet."""

    mode: Mode
    setup: Setup
    stop: conditions.Condition
    max_turns: int
    expected: Sequence[UUID]


def prepare(room: Room, spec: RunSpec) -> Prepared:
    """Raises `invalid` with a sentence for whoever asks."""
    mode = BY_NAME.get(spec.mode)
    if mode is None:
        raise ParleyError("invalid", f"There is no such mode; there are: {', '.join(BY_NAME)}.")
    there = list(room.participants.filter(kind=Participant.Kind.PERSONA, left_at=None, is_muted=False))
    offices = _offices(mode, spec, room, there)
    cast = [*_cast(mode, spec, there, offices), *_people(mode, spec, room)]
    setup = Setup(
        goal="",
        cast=tuple(persona.pk for persona in cast),
        offices=tuple(offices.items()),
        rounds=spec.rounds or mode.rounds,
        quorum=spec.quorum,
        choices=choices_of(mode, spec),
    )
    expected = mode.expected(setup)
    # Twice as many as it is likely to take: what makes no sense is asked again.
    most = spec.max_turns or min(TURNS_MOST, max(12, 2 * len(expected)))
    return Prepared(mode, setup, _stop(spec, most), most, expected)


def _cast(
    mode: Mode, spec: RunSpec, there: Sequence[Participant], offices: dict[Office, UUID]
) -> list[Participant]:
    by_id = {persona.pk: persona for persona in there}
    if spec.cast_ids:
        if len(set(spec.cast_ids)) != len(spec.cast_ids) or not set(spec.cast_ids) <= set(by_id):
            raise ParleyError("invalid", "The cast are personas of this room that are not muted, each once.")
        cast = [by_id[id_] for id_ in spec.cast_ids]
    else:
        apart = set(offices.values()) if mode.are_offices_apart else set()
        cast = [persona for persona in there if persona.pk not in apart][: min(mode.most, CAST_MOST)]
    if not mode.least <= len(cast) <= mode.most:
        raise ParleyError(
            "invalid", f"{mode.title} takes {mode.least} to {mode.most} personas; these are {len(cast)}."
        )
    return cast


def _people(mode: Mode, spec: RunSpec, room: Room) -> list[Participant]:
    if spec.people_ids and not mode.takes_people:
        raise ParleyError("invalid", f"{mode.title} asks personas alone; people speak whenever they like.")
    people = room.participants.filter(kind=Participant.Kind.HUMAN, left_at=None, pk__in=spec.people_ids)
    found = [person for person in people if allows(person, "speak")]
    if len(found) != len(set(spec.people_ids)):
        raise ParleyError("invalid", "Who takes part has to be a person in this room who may write.")
    return found


def _offices(mode: Mode, spec: RunSpec, room: Room, there: Sequence[Participant]) -> dict[Office, UUID]:
    """Whoever was named; else, for an office beside the cast, somebody who is not in it, with another
    model if there is one; for one in it, the first."""
    offices: dict[Office, UUID] = {}
    asked = {one.office: one.participant_id for one in spec.offices}
    for office in mode.offices:
        named = asked.get(office)
        if named is not None:
            _check_office(mode, spec, office, named, there)
            offices[office] = named
            continue
        chosen = _beside(mode, spec, room, there) if mode.are_offices_apart else _first(spec, there)
        if chosen is not None:
            offices[office] = chosen
        elif mode.needs_offices:
            raise ParleyError("invalid", f"{mode.title} needs one more persona in the room, as {office}.")
    return offices


def _check_office(
    mode: Mode, spec: RunSpec, office: Office, named: UUID, there: Sequence[Participant]
) -> None:
    if named not in {persona.pk for persona in there}:
        raise ParleyError("invalid", f"The {office} has to be a persona of this room that is not muted.")
    if mode.are_offices_apart and named in spec.cast_ids:
        raise ParleyError("invalid", f"The {office} can't be one of the cast.")


def _first(spec: RunSpec, there: Sequence[Participant]) -> UUID | None:
    return next(iter(spec.cast_ids or [persona.pk for persona in there]), None)


def _beside(mode: Mode, spec: RunSpec, room: Room, there: Sequence[Participant]) -> UUID | None:
    if spec.cast_ids:
        others = [persona for persona in there if persona.pk not in spec.cast_ids]
        models = {extensions.model_of(p, room).name for p in there if p.pk in spec.cast_ids}
        others.sort(key=lambda persona: extensions.model_of(persona, room).name in models)
    else:
        # The last who came, where enough are left without them.
        others = list(there[-1:]) if len(there) > mode.least else []
    return others[0].pk if others else None


def choices_of(mode: Mode, spec: RunSpec) -> tuple[str, ...]:
    """Raises `invalid` where this mode can't be given these."""
    if spec.choices and not mode.takes_choices:
        raise ParleyError("invalid", f"{mode.title} votes on nothing, so that it takes no choices.")
    if spec.choices and len({choice.casefold() for choice in spec.choices}) < max(2, len(spec.choices)):
        raise ParleyError("invalid", "Give two choices at least, each once.")
    return tuple(spec.choices)


def _stop(spec: RunSpec, most: int) -> conditions.Condition:
    stop = conditions.Turns(most) | conditions.Time(spec.max_seconds or SECONDS_MOST) | ENDLESS
    if spec.max_usd:
        stop = stop | conditions.Cost(spec.max_usd)
    if spec.stop is not None:
        try:
            stop = stop | conditions.from_data(spec.stop)
        except conditions.BadCondition as problem:
            raise ParleyError("invalid", str(problem), fields={"stop": str(problem)}) from None
    return stop
