"""The ways into a room: an invite, or a public room's door."""

from __future__ import annotations

from uuid import uuid4

import pytest

from rooms.models import Guest, Participant, Room
from rooms.protocol.commands import TITLE_CHARACTERS
from rooms.tests.people import Answer, Person, Workshop


def names(workshop: Workshop) -> list[str]:
    return [p["name"] for p in workshop.alice.snapshot(workshop.id)["participants"]]


def join_public(person: Person, room_id: str) -> Answer:
    return person.post(f"/api/rooms/{room_id}/join/", {"command_id": str(uuid4()), "name": person.name})


def test_an_invite_shows_the_room_to_whoever_holds_it(workshop: Workshop) -> None:
    nobody = Person("Nobody")
    for person, is_member in ((workshop.bob, True), (workshop.carol, False), (nobody, False)):
        answer = person.get(f"/api/invites/{workshop.invite}/")
        assert answer.status == 200
        assert answer.body["room"] == {"id": workshop.id, "name": "Workshop", "description": ""}
        assert answer.body["is_member"] is is_member
        assert [p["name"] for p in answer.body["participants"]] == ["Alice", "Bob"]


@pytest.mark.parametrize("token", ["wrong", "%00", "%F0%9F%8C%B7", "x" * 500, "%ED%A0%80"])
def test_a_wrong_invite_opens_nothing(workshop: Workshop, token: str) -> None:
    assert workshop.carol.get(f"/api/invites/{token}/").code == "not_found"
    assert workshop.carol.join(token).code == "not_found"
    assert names(workshop) == ["Alice", "Bob"]
    assert workshop.carol.join(workshop.invite).status == 200


def test_the_invite_of_an_archived_room_opens_nothing(workshop: Workshop) -> None:
    Room.objects.filter(pk=workshop.uuid).update(archived_at="2026-01-01T00:00Z")
    assert workshop.carol.get(f"/api/invites/{workshop.invite}/").code == "not_found"
    assert workshop.carol.join(workshop.invite).code == "not_found"


def test_joining_seats_a_member_and_tells_the_room(workshop: Workshop) -> None:
    before = workshop.alice.snapshot(workshop.id)["head_seq"]
    answer = workshop.carol.join(workshop.invite, title="Gardener")
    assert answer == Answer(200, {"room_id": workshop.id})
    [event] = workshop.alice.events(workshop.id, after=before)
    assert event["type"] == "participant.changed"
    carol = event["data"]["participant"]
    assert (carol["name"], carol["title"], carol["role"], carol["kind"]) == (
        "Carol",
        "Gardener",
        "member",
        "human",
    )
    assert workshop.carol.snapshot(workshop.id)["you"] == {"participant_id": carol["id"], "role": "member"}


def test_joining_again_changes_nothing(workshop: Workshop) -> None:
    before = workshop.alice.snapshot(workshop.id)
    assert workshop.bob.join(workshop.invite, name="Robert").body == {"room_id": workshop.id}
    assert workshop.alice.snapshot(workshop.id) == before


def test_the_same_join_twice_is_answered_alike_and_another_body_is_refused(workshop: Workshop) -> None:
    path = f"/api/invites/{workshop.invite}/join/"
    body = {"command_id": str(uuid4()), "name": "Carol"}
    assert workshop.carol.post(path, body) == workshop.carol.post(path, body)
    assert names(workshop) == ["Alice", "Bob", "Carol"]
    assert workshop.carol.post(path, {**body, "name": "Caroline"}).code == "command_reused"


def test_somebody_who_left_is_welcomed_back_in_the_same_seat(workshop: Workshop) -> None:
    seat = Participant.objects.get(room=workshop.uuid, name="Bob")
    Participant.objects.filter(pk=seat.pk).update(left_at="2026-01-01T00:00Z")
    assert workshop.bob.get(f"/api/rooms/{workshop.id}/").code == "not_found"
    assert workshop.bob.join(workshop.invite, name="Robert").status == 200
    assert workshop.bob.snapshot(workshop.id)["you"]["participant_id"] == str(seat.pk)
    assert names(workshop) == ["Alice", "Robert"]


def test_a_name_of_somebody_who_left_is_free(workshop: Workshop) -> None:
    assert workshop.carol.join(workshop.invite, name="Bob").code == "name_taken"
    Participant.objects.filter(room=workshop.uuid, name="Bob").update(left_at="2026-01-01T00:00Z")
    assert workshop.carol.join(workshop.invite, name="Bob").status == 200


def test_a_public_room_is_open_and_others_do_not_exist(workshop: Workshop) -> None:
    assert join_public(workshop.carol, workshop.id).code == "not_found"
    assert join_public(workshop.carol, str(uuid4())).code == "not_found"
    Room.objects.filter(pk=workshop.uuid).update(visibility="public")
    assert join_public(workshop.carol, workshop.id).status == 200
    assert names(workshop) == ["Alice", "Bob", "Carol"]


def test_nobody_becomes_a_guest_by_joining(workshop: Workshop) -> None:
    dave = Person("Dave")
    assert dave.session()["kind"] == "anonymous"
    assert dave.join(workshop.invite).status == 200
    session = dave.session()
    assert (session["kind"], session["name"]) == ("guest", "Dave")
    assert names(workshop) == ["Alice", "Bob", "Dave"]


def test_a_join_that_is_refused_seats_nobody(workshop: Workshop) -> None:
    assert workshop.carol.join(workshop.invite, name="Bob").code == "name_taken"
    assert workshop.carol.join(workshop.invite, name="\u200b").code == "invalid"
    assert workshop.carol.join(workshop.invite, title="x" * (TITLE_CHARACTERS + 1)).code == "invalid"
    assert workshop.carol.join(workshop.invite, title="a\x00b").code == "invalid"
    assert workshop.carol.join(workshop.invite, surprise=1).code == "invalid"
    assert names(workshop) == ["Alice", "Bob"]
    assert workshop.carol.join(workshop.invite, title="x" * TITLE_CHARACTERS).status == 200


def test_a_full_room_takes_nobody_more(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.actions.roster.PARTICIPANTS_MOST", 2)
    answer = workshop.carol.join(workshop.invite)
    assert (answer.status, answer.code) == (409, "room_full")
    monkeypatch.setattr("rooms.actions.roster.PARTICIPANTS_MOST", 3)
    assert workshop.carol.join(workshop.invite).status == 200


def test_a_guest_whose_row_is_gone_is_nobody(workshop: Workshop) -> None:
    Guest.objects.filter(name="Bob").delete()
    assert workshop.bob.session()["kind"] == "anonymous"
    assert workshop.bob.get(f"/api/rooms/{workshop.id}/").code == "not_found"
