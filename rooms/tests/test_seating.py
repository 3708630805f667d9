"""A cast of personas is seated at once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from personas.models import Persona
from rooms.actions import roster
from rooms.actions.personas import seat_personas
from rooms.errors import ParleyError
from rooms.models import Participant, Room
from rooms.tests.people import Person, Workshop

pytestmark = pytest.mark.django_db


def cast(count: int) -> list[Persona]:
    return [
        Persona.objects.create(slug=f"p{k}", name=f"Persona {chr(65 + k)}", prompt="You are one of many.")
        for k in range(count)
    ]


def seat(person: Person, personas: list[Persona]) -> tuple[list[Participant], int]:
    """Seats them in a new room; with the number of queries that it took."""
    room = Room.objects.get(pk=person.create_room().body["room_id"])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        seats = seat_personas(room=room, personas=personas)
    return seats, len(queries)


def test_twenty_cost_as_many_queries_as_one(alice: Person) -> None:
    personas = cast(20)
    one, few = seat(alice, personas[:1])
    twenty, many = seat(alice, personas)
    assert (len(one), len(twenty)) == (1, 20)
    assert many == few


def test_a_name_that_is_taken_gets_a_number_within_the_cast_too(
    workshop: Workshop, ada: Persona, bo: Persona
) -> None:
    room = Room.objects.get(pk=workshop.uuid)
    seats = seat_personas(room=room, personas=[ada, bo, ada, ada])
    assert [participant.name for participant in seats] == ["Ada", "Bo", "Ada 2", "Ada 3"]
    told = [event["data"]["participant"] for event in workshop.bob.events(workshop.id)[-4:]]
    assert told == workshop.bob.snapshot(workshop.id)["participants"][-4:]


def test_a_cast_that_is_too_large_is_refused_whole(
    workshop: Workshop, ada: Persona, bo: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "PARTICIPANTS_MOST", 3)
    room = Room.objects.get(pk=workshop.uuid)
    before = workshop.alice.snapshot(workshop.id)
    with pytest.raises(ParleyError) as refused:
        seat_personas(room=room, personas=[ada, bo])
    assert refused.value.code == "room_full"
    assert workshop.alice.snapshot(workshop.id) == before
    assert len(seat_personas(room=room, personas=[ada])) == 1
