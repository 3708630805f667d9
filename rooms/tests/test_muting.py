"""A persona is muted by those who look after the room, and by nobody else."""

from __future__ import annotations

import pytest

from personas.models import Persona
from rooms.tests.people import Json, Workshop


@pytest.fixture
def persona_id(workshop: Workshop, ada: Persona) -> str:
    answer = workshop.alice.command(workshop.id, "persona.add", persona_id=str(ada.pk))
    return str(answer.body["participant_id"])


def shape_of(workshop: Workshop, participant_id: str) -> Json:
    everybody: list[Json] = workshop.alice.snapshot(workshop.id)["participants"]
    return next(shape for shape in everybody if shape["id"] == participant_id)


def test_a_persona_is_muted_and_unmuted(workshop: Workshop, persona_id: str) -> None:
    assert not shape_of(workshop, persona_id)["is_muted"]
    assert workshop.alice.command(workshop.id, "persona.mute", participant_id=persona_id).status == 200
    assert shape_of(workshop, persona_id)["is_muted"]
    before = workshop.alice.snapshot(workshop.id)["head_seq"]
    assert workshop.alice.command(workshop.id, "persona.mute", participant_id=persona_id).status == 200
    assert workshop.alice.events(workshop.id, before) == []  # once more changes nothing
    answer = workshop.alice.command(workshop.id, "persona.mute", participant_id=persona_id, is_muted=False)
    assert answer.status == 200
    assert not shape_of(workshop, persona_id)["is_muted"]


def test_over_rest_it_is_a_change_by_itself(workshop: Workshop, persona_id: str) -> None:
    path = f"/api/rooms/{workshop.id}/participants/{persona_id}/"
    assert workshop.alice.patch(path, {"is_muted": True}).body["is_muted"]
    assert workshop.alice.patch(path, {"is_muted": False, "title": "Dr"}).code == "invalid"
    assert workshop.carol.patch(path, {"is_muted": False}).status == 404
    assert workshop.bob.patch(path, {"is_muted": False}).code == "not_allowed"
    assert shape_of(workshop, persona_id)["is_muted"]


def test_members_and_strangers_mute_nobody_and_a_person_can_not_be_muted(
    workshop: Workshop, persona_id: str
) -> None:
    bob = workshop.bob.snapshot(workshop.id)["you"]["participant_id"]
    for by, whom, code in (
        (workshop.bob, persona_id, "not_allowed"),
        (workshop.carol, persona_id, "not_found"),
        (workshop.alice, bob, "not_found"),
    ):
        assert by.command(workshop.id, "persona.mute", participant_id=whom).code == code
    assert not shape_of(workshop, persona_id)["is_muted"]
