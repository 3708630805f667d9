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
    assert [entry["name"] for entry in results] == ["Design review", "AI safety council"]
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
    [council] = alice.get("/api/presets/").body["results"]
    assert (council["slug"], len(council["persona_ids"])) == ("ai-safety-council", 4)


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
