"""Personas come into a room that is under way, and are changed there."""

from __future__ import annotations

from typing import Any

import pytest

from personas.models import Persona
from rooms import extensions
from rooms.actions import personas
from rooms.models import Participant
from rooms.tests.people import Answer, Json, Person, Workshop

SKETCH = {"name": "Grace", "title": "Admiral", "prompt": "You like compilers.", "model": "demo/engineer"}


@pytest.fixture(autouse=True)
def _known_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """What llm answers, without llm: two models can be had, and Ada's has no tools."""
    offered = {"demo/engineer": False, "lab/parrot": True}
    monkeypatch.setattr(extensions, "_know_tools", lambda names: {n: offered.get(n) for n in names})
    monkeypatch.setattr(
        extensions, "_model_problem", lambda name: None if name in offered else f"No {name} here."
    )


def add(by: Person, workshop: Workshop, **data: Any) -> Answer:
    return by.command(workshop.id, "persona.add", **data)


def edit(by: Person, workshop: Workshop, persona_id: str, **data: Any) -> Answer:
    return by.command(workshop.id, "persona.edit", participant_id=persona_id, **data)


def setup_of(by: Person, workshop: Workshop, persona_id: str) -> Answer:
    return by.get(f"/api/rooms/{workshop.id}/participants/{persona_id}/")


def shape_of(workshop: Workshop, participant_id: str) -> Json:
    found: Json = next(
        p for p in workshop.bob.snapshot(workshop.id)["participants"] if p["id"] == participant_id
    )
    return found


@pytest.fixture
def grace(workshop: Workshop) -> str:
    """A persona that was made in the room."""
    return str(add(workshop.alice, workshop, **SKETCH).body["participant_id"])


def test_who_looks_after_the_room_adds_personas(workshop: Workshop, ada: Persona) -> None:
    before = workshop.alice.snapshot(workshop.id)
    for data in ({"persona_id": str(ada.pk)}, SKETCH):
        assert add(workshop.bob, workshop, **data).code == "not_allowed"
        assert add(workshop.carol, workshop, **data).code == "not_found"
    assert workshop.alice.snapshot(workshop.id) == before
    Participant.objects.filter(room=workshop.uuid, name="Bob").update(role="moderator")
    copied = shape_of(workshop, add(workshop.bob, workshop, persona_id=str(ada.pk)).body["participant_id"])
    made = shape_of(workshop, add(workshop.alice, workshop, **SKETCH).body["participant_id"])
    assert (copied["name"], copied["title"], copied["kind"]) == ("Ada", "Engineer", "persona")
    assert (made["name"], made["title"], made["style"]) == ("Grace", "Admiral", "conversational")
    newest = workshop.bob.events(workshop.id)[-1]
    assert (newest["type"], newest["data"]["participant"]) == ("participant.changed", made)


def test_a_copy_gets_a_free_name_and_a_made_one_must_have_it(workshop: Workshop, ada: Persona) -> None:
    seats = [add(workshop.alice, workshop, persona_id=str(ada.pk)).body["participant_id"] for _ in range(2)]
    assert [shape_of(workshop, seat)["name"] for seat in seats] == ["Ada", "Ada 2"]
    assert add(workshop.alice, workshop, name="Bob").code == "name_taken"
    assert add(workshop.alice, workshop, name="B\N{GREEK SMALL LETTER OMICRON}b").code == "name_imitates"
    assert add(workshop.alice, workshop, name="everyone").code == "invalid"
    assert add(workshop.alice, workshop, name="Rob").status == 200


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"persona_id": "{ada}", "name": "Grace"},
        {"name": "Grace", "style": "shouting"},
        {"name": "Grace", "prompt": "x" * 12_001},
        {"name": "Grace", "model": "lab/owl"},
    ],
)
def test_what_makes_no_persona(workshop: Workshop, ada: Persona, data: dict[str, str]) -> None:
    data = {key: value.format(ada=ada.pk) for key, value in data.items()}
    before = workshop.alice.snapshot(workshop.id)
    assert add(workshop.alice, workshop, **data).code == "invalid"
    assert workshop.alice.snapshot(workshop.id) == before


def test_only_listed_personas_are_copied(workshop: Workshop, ada: Persona) -> None:
    Persona.objects.filter(pk=ada.pk).update(is_listed=False)
    assert add(workshop.alice, workshop, persona_id=str(ada.pk)).code == "not_found"
    Persona.objects.filter(pk=ada.pk).update(is_listed=True)
    assert add(workshop.alice, workshop, persona_id=str(ada.pk)).status == 200


def test_a_room_has_room_for_so_many(workshop: Workshop, grace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personas, "PERSONAS_MOST", 2)
    hopper = str(add(workshop.alice, workshop, name="Hopper").body["participant_id"])
    assert add(workshop.alice, workshop, name="Third").code == "room_full"
    workshop.alice.command(workshop.id, "participant.remove", participant_id=hopper)
    assert add(workshop.alice, workshop, name="Third").status == 200


def test_an_edit_changes_what_it_gives(workshop: Workshop, grace: str) -> None:
    changes = {"model": "", "prompt": "You like ships.", "style": "bullet", "avatar": "⚓"}
    before = setup_of(workshop.bob, workshop, grace)
    assert before.body == {
        "participant_id": grace,
        "prompt": "You like compilers.",
        "fallbacks": [],
        "model": "demo/engineer",
        "style": "conversational",
    }
    assert edit(workshop.bob, workshop, grace, **changes).code == "not_allowed"
    assert edit(workshop.carol, workshop, grace, **changes).code == "not_found"
    assert setup_of(workshop.bob, workshop, grace) == before
    assert edit(workshop.alice, workshop, grace, **changes).status == 200
    after = setup_of(workshop.bob, workshop, grace).body
    assert (after["model"], after["prompt"], after["style"]) == ("", "You like ships.", "bullet")
    newest = workshop.bob.events(workshop.id)[-1]["data"]["participant"]
    assert (newest["name"], newest["title"], newest["avatar"]) == ("Grace", "Admiral", "⚓")
    assert newest == shape_of(workshop, grace)


def test_an_edited_name_is_free(workshop: Workshop, grace: str) -> None:
    assert edit(workshop.alice, workshop, grace, name="Bob").code == "name_taken"
    assert edit(workshop.alice, workshop, grace, name="Grace Hopper").status == 200
    assert shape_of(workshop, grace)["name"] == "Grace Hopper"
    assert add(workshop.alice, workshop, name="grace hopper").code == "name_taken"


def test_a_model_is_looked_at_when_it_is_changed(workshop: Workshop, grace: str) -> None:
    refused = edit(workshop.alice, workshop, grace, model="lab/owl", title="Rear admiral")
    assert (refused.code, refused.body["detail"]) == ("invalid", "No lab/owl here.")
    Participant.objects.filter(pk=grace).update(model="gone/model")
    assert edit(workshop.alice, workshop, grace, model="gone/model", title="Rear admiral").status == 200


def test_people_are_not_edited_this_way(workshop: Workshop, grace: str) -> None:
    bob = str(Participant.objects.get(room=workshop.uuid, name="Bob").pk)
    assert edit(workshop.alice, workshop, bob, name="Robert").code == "not_found"
    assert setup_of(workshop.alice, workshop, bob).code == "not_found"
    assert edit(workshop.alice, workshop, grace, name="Robert").status == 200


def test_an_edit_to_the_same_is_no_event(workshop: Workshop, grace: str) -> None:
    head = workshop.alice.snapshot(workshop.id)["head_seq"]
    assert edit(workshop.alice, workshop, grace, name="Grace", prompt="You like compilers.").status == 200
    assert workshop.alice.snapshot(workshop.id)["head_seq"] == head


def test_a_prompt_is_the_members_business(workshop: Workshop, grace: str) -> None:
    assert setup_of(workshop.bob, workshop, grace).status == 200
    assert setup_of(workshop.carol, workshop, grace).code == "not_found"
    other = str(workshop.carol.create_room("Elsewhere").body["room_id"])
    assert workshop.carol.get(f"/api/rooms/{other}/participants/{grace}/").code == "not_found"


def test_the_rooms_model_is_that_of_personas_without_one(workshop: Workshop, grace: str) -> None:
    own = shape_of(workshop, grace)
    follower = str(add(workshop.alice, workshop, name="Follower").body["participant_id"])

    def choose(by: Person, model: str) -> str:
        return by.command(workshop.id, "room.change", default_model=model).code

    assert [choose(workshop.bob, "lab/parrot"), choose(workshop.alice, "lab/owl")] == [
        "not_allowed",
        "invalid",
    ]
    assert choose(workshop.alice, "lab/parrot") == ""
    assert workshop.bob.snapshot(workshop.id)["room"]["default_model"] == "lab/parrot"
    told = workshop.bob.events(workshop.id)[-1]["data"]["participant"]
    assert told == shape_of(workshop, follower)
    assert (told["model"], told["has_tools"]) == ("lab/parrot", True)
    assert shape_of(workshop, grace) == own
    assert choose(workshop.alice, "") == ""
    assert shape_of(workshop, follower)["model"] != "lab/parrot"
