"""Starting a room from a preset of the catalogue, and the pages that edit it."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from personas.actions import seed_personas, seed_presets
from personas.models import Persona, RoomPreset
from rooms.tests.people import Person


@pytest.fixture
def seeded(installed: None) -> None:
    seed_personas()
    seed_presets()


def test_presets_are_for_everybody_and_fill_a_room(seeded: None, alice: Person) -> None:
    results = alice.get("/api/presets/").body["results"]
    assert results == Person("Nobody").get("/api/presets/").body["results"]
    assert [entry["name"] for entry in results] == ["Design review", "AI safety council", "Debate"]
    council = results[1]
    assert "prompt" not in str(results)
    room_id = alice.create_room(
        council["room_name"],
        description=council["room_description"],
        visibility=council["visibility"],
        persona_ids=council["persona_ids"],
    ).body["room_id"]
    snapshot = alice.snapshot(room_id)
    assert snapshot["room"]["description"] == council["room_description"]
    assert [p["name"] for p in snapshot["participants"]] == ["Alice", "Ines", "Kira", "Jonas", "Lior", "Gil"]


def test_what_is_not_listed_is_not_offered(seeded: None, alice: Person) -> None:
    RoomPreset.objects.filter(slug="design-review").update(is_listed=False)
    Persona.objects.filter(slug="ethicist").update(is_listed=False)
    council = alice.get("/api/presets/").body["results"][0]
    assert (council["slug"], len(council["persona_ids"])) == ("ai-safety-council", 4)


def test_a_preset_tells_of_its_run(seeded: None, alice: Person) -> None:
    review, council, debate = (entry["proposal"] for entry in alice.get("/api/presets/").body["results"])
    assert review["run"] == {
        "title": "Consensus",
        "question": "Which proposal shall be decided on?",
        "about": "Consensus: four personas, about 8 turns.",
        "mode": "consensus",
        "rounds": 0,
        "quorum": pytest.approx(2 / 3),
        "choices": ["Go", "Go with changes", "Rework"],
        "max_turns": 0,
        "max_usd": 0,
    }
    assert council["run"]["about"] == "Council: five personas, about 11 turns."
    assert debate["run"]["about"] == "Debate: two personas and a judge, about 6 turns."


def test_a_room_proposes_the_run_of_its_preset_to_its_members(
    seeded: None, alice: Person, bob: Person, carol: Person
) -> None:
    debate = alice.get("/api/presets/").body["results"][2]
    made = alice.create_room("Tea", persona_ids=debate["persona_ids"], preset="debate")
    room_id, path = made.body["room_id"], f"/api/rooms/{made.body['room_id']}/proposal/"
    assert bob.join(alice.snapshot(room_id)["room"]["invite"]).status == 200
    assert bob.get(path).body == alice.get(path).body == debate["proposal"]
    assert carol.get(path).status == 404
    # It follows who is there.
    persona = next(p for p in alice.snapshot(room_id)["participants"] if p["kind"] == "persona")
    alice.command(room_id, "participant.remove", participant_id=persona["id"])
    assert alice.get(path).body["run"]["about"] == "Debate: two personas, about 4 turns."
    # What the catalogue's owner takes away is proposed no more; the room stays.
    RoomPreset.objects.filter(slug="debate").delete()
    assert alice.get(path).body == {"run": None, "problem": ""}


def test_what_is_proposed_can_be_started_as_it_is(seeded: None, alice: Person) -> None:
    for preset in alice.get("/api/presets/").body["results"]:
        made = alice.create_room("Tea", persona_ids=preset["persona_ids"], preset=preset["slug"])
        run = preset["proposal"]["run"]
        spec = {name: run[name] for name in run if name not in {"title", "question", "about"}}
        price = alice.post(f"/api/rooms/{made.body['room_id']}/runs/estimate/", spec)
        assert f"about {price.body['turns']} turns" in run["about"]


def test_a_preset_whose_mode_is_gone_makes_a_room_without_a_run(seeded: None, alice: Person) -> None:
    RoomPreset.objects.filter(slug="debate").update(run={"mode": "seance", "question": "Who is there?"})
    proposal = alice.get("/api/presets/").body["results"][2]["proposal"]
    assert proposal["run"] is None
    assert proposal["problem"].startswith("Its run is left out. There is no mode “seance”")
    made = alice.create_room("Tea", preset="debate")
    assert made.status == 201
    assert alice.get(f"/api/rooms/{made.body['room_id']}/proposal/").body == proposal


def test_a_room_without_a_preset_proposes_nothing(seeded: None, alice: Person) -> None:
    assert alice.create_room("Tea", preset="no-such").code == "invalid"
    room_id = alice.create_room("Tea").body["room_id"]
    assert alice.get(f"/api/rooms/{room_id}/proposal/").body == {"run": None, "problem": ""}


def test_the_catalogues_pages_are_for_administrators(seeded: None, client: Client) -> None:
    preset = RoomPreset.objects.get(slug="design-review")
    persona = Persona.objects.get(slug="engineer")
    pages = [
        "/admin/personas/persona/?q=engineer&is_listed__exact=1",
        f"/admin/personas/persona/{persona.pk}/change/",
        "/admin/personas/roompreset/?q=review&is_listed__exact=1",
        "/admin/personas/roompreset/add/",
        f"/admin/personas/roompreset/{preset.pk}/change/",
    ]
    users = get_user_model().objects
    client.force_login(users.create_user("carol", password="x"))
    assert {client.get(page).status_code for page in pages} == {302}
    client.force_login(users.create_superuser("root", password="x"))
    for page in pages:
        assert client.get(page).status_code == 200, page
