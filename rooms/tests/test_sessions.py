"""Who you are: nobody, a guest, an account; and that nobody else can act in your name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from rooms.models import Guest, Participant
from rooms.tests.people import Person, Workshop


def signed_in(username: str) -> Person:
    person = Person(username)
    person.client.force_login(get_user_model().objects.create_user(username))
    person.session()
    return person


def test_nobody_then_a_guest(installed: None) -> None:
    person = Person("Dave")
    session = person.session()
    assert (session["kind"], session["name"], session["is_staff"]) == ("anonymous", None, False)
    assert session["csrf_token"]
    answer = person.post("/api/guest/", {"name": " Dave "})
    assert (answer.status, answer.body["kind"], answer.body["name"]) == (200, "guest", "Dave")
    assert person.session()["kind"] == "guest"


def test_a_guest_stays_who_they_are(alice: Person) -> None:
    assert alice.post("/api/guest/", {"name": "Mallory"}).body["name"] == "Alice"
    assert Guest.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "a" * 61}, {"name": "all"}, {"name": "a@b"}, {"name": 1}, [], None, "x"],
)
def test_a_name_that_is_none_makes_no_guest(installed: None, body: Any) -> None:
    person = Person("Dave")
    person.session()
    assert person.post("/api/guest/", body).code == "invalid"
    assert not Guest.objects.exists()
    assert person.post("/api/guest/", {"name": "Dave"}).status == 200


def test_the_session_key_changes_when_a_guest_is_made(installed: None) -> None:
    person = Person("Dave")
    store = person.client.session  # a session that somebody may have planted
    store.save()
    planted = str(store.session_key)
    person.client.cookies["sessionid"] = planted
    person.become_guest()
    assert person.client.cookies["sessionid"].value != planted
    assert person.client.cookies["sessionid"]["httponly"]


def test_a_guests_post_without_a_token_is_refused(workshop: Workshop) -> None:
    commands = f"/api/rooms/{workshop.id}/commands/"
    frame = {
        "type": "message.post",
        "command_id": "7e57ab1e-0000-4000-8000-000000000001",
        "data": {"text": "forged"},
    }
    token, workshop.bob.token = workshop.bob.token, ""
    answer = workshop.bob.post(commands, frame)
    assert (answer.status, answer.code) == (403, "not_allowed")
    workshop.bob.token = "x" * 64
    assert workshop.bob.post(commands, frame).status == 403
    assert workshop.alice.snapshot(workshop.id)["messages"] == []
    workshop.bob.token = token
    assert workshop.bob.post(commands, frame).status == 200


def test_nobodys_post_without_a_token_is_refused(workshop: Workshop) -> None:
    dave = Person("Dave")
    assert dave.join(workshop.invite).status == 403
    assert not Guest.objects.filter(name="Dave").exists()
    dave.session()
    assert dave.join(workshop.invite).status == 200


def test_an_account_is_a_user_and_its_post_needs_a_token(workshop: Workshop) -> None:
    erin = signed_in("erin")
    assert (erin.session()["kind"], erin.session()["name"]) == ("user", "erin")
    assert erin.join(workshop.invite, name="Erin").status == 200
    token, erin.token = erin.token, ""
    assert erin.command(workshop.id, "message.post", text="forged").status == 403
    erin.token = token
    erin.say(workshop.id, "Hello")
    assert Participant.objects.get(room=workshop.uuid, name="Erin").user is not None


def test_an_account_wins_over_the_guest_it_was(workshop: Workshop) -> None:
    workshop.carol.client.force_login(get_user_model().objects.create_user("carol"))
    workshop.carol.token = workshop.carol.session()["csrf_token"]
    assert workshop.carol.session()["kind"] == "user"
    assert workshop.carol.join(workshop.invite).status == 200
    seat = Participant.objects.get(room=workshop.uuid, name="Carol")
    assert seat.user is not None
    assert seat.guest is None


def test_staff_is_told_so(installed: None) -> None:
    boss = Person("boss")
    boss.client.force_login(get_user_model().objects.create_superuser("boss"))
    assert boss.session()["is_staff"] is True


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "malformed"),
        (b"\xff\xfe", "application/json", 400, "malformed"),
        ("", "application/json", 400, "invalid"),
        ("[" * 100_000, "application/json", 400, "malformed"),
        ('"' + "x" * 500_000 + '"', "application/json", 413, "too_large"),
        ("a=1", "application/x-www-form-urlencoded", 415, "malformed"),
        (json.dumps({"name": "Dave"}), "text/plain", 415, "malformed"),
    ],
)
def test_a_body_that_is_no_json_is_a_typed_problem(
    installed: None, body: str | bytes, content_type: str, status: int, code: str
) -> None:
    person = Person("Dave")
    person.session()
    answer = person.post_raw("/api/guest/", body, content_type)
    assert (answer.status, answer.code) == (status, code)
    assert set(answer.body) == {"type", "title", "status", "code", "detail", "data"}
    assert not Guest.objects.exists()
