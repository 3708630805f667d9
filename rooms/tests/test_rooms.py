"""Making and listing rooms."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from personas.models import Persona
from rooms.models import Participant, Room
from rooms.tests.people import Person, Workshop


def test_a_new_room_has_its_maker_as_owner_and_a_copy_of_its_cast(
    alice: Person, ada: Persona, bo: Persona
) -> None:
    answer = alice.create_room(
        "  Garden   plans ", description="Tulips or roses?", persona_ids=[str(bo.pk), str(ada.pk)]
    )
    assert answer.status == 201
    snapshot = alice.snapshot(answer.body["room_id"])
    assert snapshot["room"]["name"] == "Garden plans"
    assert snapshot["room"]["description"] == "Tulips or roses?"
    assert snapshot["room"]["visibility"] == "link"
    assert snapshot["you"]["role"] == "owner"
    assert [(p["name"], p["kind"], p["role"]) for p in snapshot["participants"]] == [
        ("Alice", "human", "owner"),
        ("Bo", "persona", "member"),
        ("Ada", "persona", "member"),
    ]
    assert snapshot["participants"][0]["id"] == snapshot["you"]["participant_id"]
    assert (snapshot["messages"], snapshot["has_older"]) == ([], False)
    Persona.objects.filter(pk=ada.pk).update(name="Grace")
    assert "Ada" in [p["name"] for p in alice.snapshot(answer.body["room_id"])["participants"]]


def test_two_personas_of_one_name_are_told_apart_by_a_number(alice: Person, ada: Persona) -> None:
    twin = Persona.objects.create(slug="twin", name="ada", prompt="")
    room_id = alice.create_room(persona_ids=[str(ada.pk), str(twin.pk)]).body["room_id"]
    names = [p["name"] for p in alice.snapshot(room_id)["participants"]]
    assert names == ["Alice", "Ada", "ada 2"]


def test_a_persona_named_as_its_rooms_maker_gets_a_number(installed: None, ada: Persona) -> None:
    person = Person("Ada")
    person.become_guest()
    room_id = person.create_room(persona_ids=[str(ada.pk)]).body["room_id"]
    assert [p["name"] for p in person.snapshot(room_id)["participants"]] == ["Ada", "Ada 2"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": ""}, "invalid"),
        ({"name": " \n "}, "invalid"),
        ({"name": "a\x00b"}, "invalid"),
        ({"name": "\u200b"}, "invalid"),
        ({"name": "x" * 61}, "invalid"),
        ({"name": 7}, "invalid"),
        ({"name": None}, "invalid"),
        ({"name": "\ud800"}, "invalid"),
        ({"description": "x" * 4_001}, "invalid"),
        ({"description": "a\x00b"}, "invalid"),
        ({"description": "\udfff"}, "invalid"),
        ({"visibility": "secret"}, "invalid"),
        ({"persona_ids": ["nobody"]}, "invalid"),
        ({"persona_ids": [str(uuid4())]}, "invalid"),
        ({"persona_ids": [str(uuid4())] * 51}, "invalid"),
        ({"command_id": "7"}, "invalid"),
        ({"surprise": 1}, "invalid"),
    ],
)
def test_a_room_that_is_none_is_refused_and_not_made(
    alice: Person, fields: dict[str, Any], code: str
) -> None:
    assert alice.create_room(**{"name": "Fine", **fields}).code == code
    assert not Room.objects.exists()
    assert alice.create_room(name="Fine").status == 201


def test_nobody_makes_a_room(installed: None) -> None:
    stranger = Person("Stranger")
    stranger.session()
    assert stranger.create_room().code == "not_allowed"
    assert not Room.objects.exists()
    stranger.become_guest()
    assert stranger.create_room().status == 201


def test_the_same_request_twice_makes_one_room(alice: Person) -> None:
    body = {"command_id": str(uuid4()), "name": "Once"}
    first, second = alice.post("/api/rooms/", body), alice.post("/api/rooms/", body)
    assert first == second
    assert first.status == 201
    assert Room.objects.count() == 1
    other = alice.post("/api/rooms/", {**body, "name": "Other"})
    assert (other.status, other.code) == (409, "command_reused")
    assert Room.objects.count() == 1


def test_one_command_id_of_two_people_makes_two_rooms(alice: Person, bob: Person) -> None:
    body = {"command_id": str(uuid4()), "name": "Once"}
    first, second = alice.post("/api/rooms/", body), bob.post("/api/rooms/", body)
    assert first.status == second.status == 201
    assert first.body["room_id"] != second.body["room_id"]


@pytest.mark.parametrize(
    ("visibility", "is_listed_for_strangers"), [("public", True), ("link", False), ("private", False)]
)
def test_the_list_holds_ones_own_rooms_and_the_public_ones(
    alice: Person, carol: Person, visibility: str, is_listed_for_strangers: bool
) -> None:
    room_id = alice.create_room("Listed", visibility=visibility).body["room_id"]
    [mine] = alice.get("/api/rooms/").body["results"]
    assert (mine["id"], mine["name"], mine["visibility"], mine["is_member"]) == (
        room_id,
        "Listed",
        visibility,
        True,
    )
    assert [p["name"] for p in mine["participants"]] == ["Alice"]
    assert "invite" not in mine
    nobody = Person("Nobody")
    for stranger in (carol, nobody):
        theirs = stranger.get("/api/rooms/").body["results"]
        assert [card["id"] for card in theirs] == ([room_id] if is_listed_for_strangers else [])
        assert not any(card["is_member"] for card in theirs)


def test_the_list_is_in_order_of_last_activity_and_without_archived_rooms(workshop: Workshop) -> None:
    second = workshop.alice.create_room("Second").body["room_id"]
    assert [c["name"] for c in workshop.alice.get("/api/rooms/").body["results"]] == ["Second", "Workshop"]
    workshop.bob.say(workshop.id, "Hello")
    assert [c["name"] for c in workshop.alice.get("/api/rooms/").body["results"]] == ["Workshop", "Second"]
    Room.objects.filter(pk=second).update(archived_at="2026-01-01T00:00Z")
    assert [c["name"] for c in workshop.alice.get("/api/rooms/").body["results"]] == ["Workshop"]


def test_somebody_who_left_sees_the_room_no_more(workshop: Workshop) -> None:
    Participant.objects.filter(room=workshop.uuid, name="Bob").update(left_at="2026-01-01T00:00Z")
    assert workshop.bob.get("/api/rooms/").body["results"] == []
    assert workshop.bob.get(f"/api/rooms/{workshop.id}/").code == "not_found"
    assert workshop.alice.get(f"/api/rooms/{workshop.id}/").status == 200


def test_only_owners_and_moderators_rename_the_room(workshop: Workshop) -> None:
    def rename(person: Person) -> str:
        return person.command(workshop.id, "room.rename", name="Atelier").code

    assert rename(workshop.bob) == "not_allowed"
    assert rename(workshop.carol) == "not_found"
    assert workshop.alice.snapshot(workshop.id)["room"]["name"] == "Workshop"
    assert rename(workshop.alice) == ""
    assert workshop.bob.snapshot(workshop.id)["room"]["name"] == "Atelier"
    Participant.objects.filter(room=workshop.uuid, name="Bob").update(role="moderator")
    assert rename(workshop.bob) == ""


def test_the_catalogue_is_for_everybody_and_without_prompts(ada: Persona, bo: Persona) -> None:
    Persona.objects.filter(pk=bo.pk).update(is_listed=False)
    [entry] = Person("Nobody").get("/api/personas/").body["results"]
    assert (entry["name"], entry["is_scripted"]) == ("Ada", True)
    assert "prompt" not in entry
