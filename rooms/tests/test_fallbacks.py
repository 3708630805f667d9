"""Fallback models are chosen for a persona and for a room, and resolved at each turn."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from personas.models import FALLBACKS_MOST as CATALOGUE_MOST
from personas.models import Persona
from rooms import extensions
from rooms.models import Participant, Room
from rooms.protocol.commands import FALLBACKS_MOST
from rooms.tests.people import Answer, Person, Workshop

OFFERED = {"lab/owl", "lab/parrot", "lab/wren"}


@pytest.fixture(autouse=True)
def _known_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        extensions, "_model_problem", lambda name: None if name in OFFERED else f"No {name} here."
    )


@pytest.fixture
def grace(workshop: Workshop) -> str:
    """A persona that was made in the room, with fallbacks."""
    made = workshop.alice.command(
        workshop.id, "persona.add", name="Grace", model="lab/owl", fallbacks=["lab/parrot", "lab/wren"]
    )
    return str(made.body["participant_id"])


def setup_of(by: Person, workshop: Workshop, persona_id: str) -> Answer:
    return by.get(f"/api/rooms/{workshop.id}/participants/{persona_id}/")


def resolved(workshop: Workshop, persona_id: str) -> list[str]:
    persona = Participant.objects.get(pk=persona_id)
    room = Room.objects.get(pk=workshop.uuid)
    return [model.name for model in extensions.fallbacks_of(persona, room)]


def edit(by: Person, workshop: Workshop, persona_id: str, fallbacks: list[str]) -> Answer:
    return by.command(workshop.id, "persona.edit", participant_id=persona_id, fallbacks=fallbacks)


def change(by: Person, workshop: Workshop, fallbacks: list[str]) -> Answer:
    return by.command(workshop.id, "room.change", fallback_models=fallbacks)


def test_who_looks_after_the_room_chooses_a_personas(workshop: Workshop, grace: str) -> None:
    assert setup_of(workshop.bob, workshop, grace).body["fallbacks"] == ["lab/parrot", "lab/wren"]
    assert setup_of(workshop.carol, workshop, grace).code == "not_found"
    assert edit(workshop.bob, workshop, grace, []).code == "not_allowed"
    assert edit(workshop.carol, workshop, grace, []).code == "not_found"
    assert resolved(workshop, grace) == ["lab/parrot", "lab/wren"]
    assert edit(workshop.alice, workshop, grace, ["lab/wren", "", "lab/wren"]).status == 200
    assert resolved(workshop, grace) == ["lab/wren"]


def test_who_looks_after_the_room_chooses_the_rooms(workshop: Workshop) -> None:
    assert change(workshop.bob, workshop, ["lab/owl"]).code == "not_allowed"
    assert change(workshop.carol, workshop, ["lab/owl"]).code == "not_found"
    assert workshop.bob.snapshot(workshop.id)["room"]["fallback_models"] == []
    assert change(workshop.alice, workshop, ["lab/owl"]).status == 200
    assert workshop.bob.snapshot(workshop.id)["room"]["fallback_models"] == ["lab/owl"]
    assert workshop.bob.events(workshop.id)[-1]["data"]["room"]["fallback_models"] == ["lab/owl"]


@pytest.mark.parametrize("is_of_room", [True, False], ids=["room", "persona"])
def test_what_nothing_here_answers_with_is_refused(
    workshop: Workshop, grace: str, is_of_room: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(*names: str) -> Answer:
        if is_of_room:
            return change(workshop.alice, workshop, [*names])
        return edit(workshop.alice, workshop, grace, [*names])

    answer = choose("lab/owl", "lab/dodo")
    assert (answer.code, answer.body["data"]["fields"]) == ("invalid", {"fallbacks": "No lab/dodo here."})
    assert choose("lab/owl", "lab/wren", "lab/parrot", "lab/swan").code == "invalid"
    assert choose("lab/wren").status == 200
    # One that it has already may be gone by now.
    monkeypatch.setattr(extensions, "_model_problem", lambda name: "Nothing is here.")
    assert choose("lab/wren").status == 200
    assert choose("lab/owl").code == "invalid"


def test_a_persona_without_its_own_has_the_rooms(workshop: Workshop, grace: str) -> None:
    assert change(workshop.alice, workshop, ["lab/owl", "lab/wren"]).status == 200
    assert resolved(workshop, grace) == ["lab/parrot", "lab/wren"]
    assert edit(workshop.alice, workshop, grace, []).status == 200
    # Not the one that is asked first: it has not answered.
    assert resolved(workshop, grace) == ["lab/wren"]


def test_a_copy_has_the_catalogues(workshop: Workshop, ada: Persona) -> None:
    Persona.objects.filter(pk=ada.pk).update(fallbacks=["lab/owl"])
    seat = workshop.alice.command(workshop.id, "persona.add", persona_id=str(ada.pk)).body["participant_id"]
    assert setup_of(workshop.bob, workshop, seat).body["fallbacks"] == ["lab/owl"]


@pytest.mark.parametrize("wrong", ["lab/owl", ["", "lab/owl"], [1], ["a/b"] * 4, ["x" * 201]], ids=repr)
def test_the_catalogue_takes_a_short_list_of_names(ada: Persona, wrong: object) -> None:
    assert CATALOGUE_MOST == FALLBACKS_MOST
    ada.fallbacks = wrong
    with pytest.raises(ValidationError, match="fallbacks"):
        ada.full_clean()
    ada.fallbacks = ["lab/owl", "lab/parrot", "lab/wren"]
    ada.full_clean()
