"""What a program does with a room over REST: the same writes as over the socket, by address."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from rooms.models import Participant
from rooms.tests.people import Json, Person, Workshop


def participant(workshop: Workshop, name: str) -> str:
    return str(Participant.objects.get(room=workshop.uuid, name=name).pk)


def test_a_message_is_posted_once_by_its_key(workshop: Workshop) -> None:
    path, key = f"/api/rooms/{workshop.id}/messages/", str(uuid4())
    first = workshop.bob.post(path, {"text": "Hello"}, Idempotency_Key=key)
    assert (first.status, first.body["text"], first.body["command_id"]) == (201, "Hello", key)
    assert workshop.bob.post(path, {"text": "Hello"}, Idempotency_Key=f'"{key}"') == first
    other = workshop.bob.post(path, {"text": "Bye"}, Idempotency_Key=key)
    assert (other.status, other.code) == (409, "command_reused")
    reply = workshop.alice.post(path, {"text": "Hi", "reply_to_id": first.body["id"]})
    assert reply.body["reply_to_id"] == first.body["id"]
    assert [m["text"] for m in workshop.alice.get(path).body["messages"]] == ["Hello", "Hi"]


def test_without_a_key_the_same_text_is_said_twice(workshop: Workshop) -> None:
    path = f"/api/rooms/{workshop.id}/messages/"
    ids = {workshop.bob.post(path, {"text": "Hello"}).body["id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        ([], {}, "malformed"),
        ("x", {}, "malformed"),
        ({}, {}, "invalid"),
        ({"text": 1}, {}, "invalid"),
        ({"text": "Hi", "surprise": 1}, {}, "invalid"),
        ({"text": "Hi"}, {"Idempotency_Key": "7"}, "invalid"),
    ],
)
def test_a_message_that_is_none_is_refused(
    workshop: Workshop, body: Any, headers: dict[str, str], code: str
) -> None:
    path = f"/api/rooms/{workshop.id}/messages/"
    assert workshop.bob.post(path, body, **headers).code == code
    assert workshop.alice.get(path).body["messages"] == []
    assert workshop.bob.post(path, {"text": "Hi"}).status == 201


def test_the_room_is_changed_archived_and_restored_by_its_owner(workshop: Workshop) -> None:
    path = f"/api/rooms/{workshop.id}/"
    asked: list[tuple[str, str, Json]] = [
        ("PATCH", "", {"description": "Tulips"}),
        ("POST", "archive/", {}),
        ("POST", "restore/", {}),
    ]
    for method, end, body in asked:
        assert workshop.bob.send(method, path + end, body).code == "not_allowed"
        answer = workshop.alice.send(method, path + end, body)
        assert answer.status == 200
        assert answer.body == workshop.bob.snapshot(workshop.id)["room"]
        assert (answer.body["name"], answer.body["description"]) == ("Workshop", "Tulips")
        assert (answer.body["archived_at"] is not None) is (end == "archive/")


def test_participants_are_those_who_are_there(workshop: Workshop) -> None:
    path = f"/api/rooms/{workshop.id}/participants/"
    assert workshop.bob.get(path).body["results"] == workshop.bob.snapshot(workshop.id)["participants"]
    assert workshop.bob.post(f"/api/rooms/{workshop.id}/leave/", {}).status == 204
    assert [p["name"] for p in workshop.alice.get(path).body["results"]] == ["Alice"]
    assert workshop.bob.get(path).code == "not_found"


def test_people_rename_themselves_and_nobody_else(workshop: Workshop) -> None:
    path = f"/api/rooms/{workshop.id}/participants/"
    bob = participant(workshop, "Bob")
    assert workshop.bob.patch(f"{path}{bob}/", {"title": "Cook"}).body["name"] == "Bob"
    renamed = workshop.bob.patch(f"{path}{bob}/", {"name": "Robert"}).body
    assert (renamed["name"], renamed["title"]) == ("Robert", "Cook")
    assert workshop.alice.patch(f"{path}{bob}/", {"name": "Bobby"}).code == "not_allowed"
    assert workshop.bob.patch(f"{path}{bob}/", {}).code == "invalid"
    assert workshop.alice.get(path).body["results"][1] == renamed


def test_the_owner_gives_roles_and_removes(workshop: Workshop) -> None:
    path = f"/api/rooms/{workshop.id}/participants/"
    alice, bob = participant(workshop, "Alice"), participant(workshop, "Bob")
    assert workshop.bob.patch(f"{path}{bob}/", {"role": "owner"}).code == "not_allowed"
    assert workshop.alice.patch(f"{path}{bob}/", {"role": "owner", "title": "x"}).code == "invalid"
    assert workshop.alice.patch(f"{path}{bob}/", {"role": "moderator"}).body["role"] == "moderator"
    assert workshop.bob.delete(f"{path}{alice}/").code == "not_allowed"
    assert workshop.alice.delete(f"{path}{bob}/?ban=1").status == 204
    assert workshop.bob.join(workshop.invite).code == "not_allowed"


def test_messages_are_followed_backwards_by_their_links(workshop: Workshop) -> None:
    said = [workshop.bob.say(workshop.id, str(number)) for number in range(5)]
    path: str | None = f"/api/rooms/{workshop.id}/messages/?limit=2"
    seen: list[str] = []
    while path is not None:
        page = workshop.alice.get(path).body
        seen = [m["id"] for m in page["messages"]] + seen
        path = page["next"]
    assert seen == said


def test_events_are_followed_by_their_links(workshop: Workshop) -> None:
    for number in range(4):
        workshop.bob.say(workshop.id, str(number))
    path: str | None = f"/api/rooms/{workshop.id}/events/?after=0&limit=3"
    seen: list[Json] = []
    while path is not None:
        page = workshop.alice.get(path).body
        assert len(page["events"]) <= 3
        seen += page["events"]
        path = page["next"]
    assert seen == workshop.alice.events(workshop.id)
    assert seen[-1]["seq"] == page["head_seq"]


def test_the_lobby_is_followed_by_its_links(alice: Person) -> None:
    made = [alice.create_room(f"Room {number}").body["room_id"] for number in range(5)]
    path: str | None = "/api/rooms/?limit=2&q=ROOM"
    seen: list[str] = []
    while path is not None:
        page = alice.get(path).body
        assert len(page["results"]) <= 2
        seen += [card["id"] for card in page["results"]]
        path = page["next"]
    assert seen == made[::-1]


@pytest.mark.parametrize("cursor", ["", "x", "é", "MjAyNi0wMS0wMQ", "A" * 5_000])
def test_a_cursor_that_no_page_gave_is_refused(alice: Person, cursor: str) -> None:
    assert alice.get("/api/rooms/", cursor=cursor).code == "invalid"


@pytest.mark.parametrize("text", ["\x00", "x" * 201])
def test_words_that_nothing_can_hold_are_refused(alice: Person, text: str) -> None:
    assert alice.get("/api/rooms/", q=text).code == "invalid"
    assert alice.get("/api/rooms/", q="%_\\'\"").body["results"] == []


def test_rooms_are_found_by_name_description_and_who_is_there(workshop: Workshop) -> None:
    alice = workshop.alice
    other = alice.create_room("Garden", description="Tulips or roses?", visibility="public")

    def found(person: Person, **query: str) -> list[str]:
        return [card["name"] for card in person.get("/api/rooms/", **query).body["results"]]

    assert found(alice) == ["Garden", "Workshop"]
    assert found(alice, q="gard") == found(alice, q="roses") == ["Garden"]
    assert found(alice, q="bOB") == ["Workshop"]
    assert found(workshop.carol, q="bob") == found(workshop.carol, member="1") == []
    assert found(workshop.bob, member="1") == ["Workshop"]
    assert found(workshop.bob) == ["Garden", "Workshop"]
    alice.post(f"/api/rooms/{other.body['room_id']}/archive/", {})
    assert found(alice, archived="1") == ["Garden"]
    assert found(workshop.bob, archived="1") == []


def test_a_card_has_a_few_faces_and_the_numbers(
    workshop: Workshop, django_assert_max_num_queries: Any
) -> None:
    for number in range(9):
        Person.guest(f"Guest {number}").join(workshop.invite)
    rooms = [workshop.alice.create_room(f"Room {number}").body["room_id"] for number in range(3)]
    with django_assert_max_num_queries(5):
        cards = {c["id"]: c for c in workshop.alice.get("/api/rooms/").body["results"]}
    assert [face["name"] for face in cards[workshop.id]["participants"]][:3] == ["Alice", "Bob", "Guest 0"]
    assert len(cards[workshop.id]["participants"]) == 8
    assert (cards[workshop.id]["people"], cards[workshop.id]["personas"]) == (11, 0)
    assert all(cards[room]["people"] == 1 for room in rooms)
