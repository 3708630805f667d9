"""Describing, opening, closing, archiving a room, and renewing its link."""

from __future__ import annotations

import pytest

from rooms.models import Participant
from rooms.tests.people import Person, Workshop


def test_owners_and_moderators_change_what_they_give(workshop: Workshop) -> None:
    def change(person: Person) -> str:
        return person.command(
            workshop.id, "room.change", description="Tulips or roses?", visibility="public"
        ).code

    before = workshop.alice.snapshot(workshop.id)["room"]
    assert change(workshop.bob) == "not_allowed"
    assert change(workshop.carol) == "not_found"
    assert workshop.alice.snapshot(workshop.id)["room"] == before
    assert change(workshop.alice) == ""
    after = {**before, "description": "Tulips or roses?", "visibility": "public"}
    assert workshop.bob.snapshot(workshop.id)["room"] == after
    newest = workshop.bob.events(workshop.id)[-1]
    assert (newest["type"], newest["data"]["room"]) == ("room.changed", after)
    Participant.objects.filter(room=workshop.uuid, name="Bob").update(role="moderator")
    assert workshop.bob.command(workshop.id, "room.change", name="Atelier").code == ""
    assert workshop.alice.snapshot(workshop.id)["room"] == {**after, "name": "Atelier"}


@pytest.mark.parametrize(
    "data", [{"name": ""}, {"name": "\u200b"}, {"visibility": "secret"}, {"description": "x" * 4_001}]
)
def test_a_change_that_is_none_changes_nothing(workshop: Workshop, data: dict[str, str]) -> None:
    before = workshop.alice.snapshot(workshop.id)
    assert workshop.alice.command(workshop.id, "room.change", **data).code == "invalid"
    assert workshop.alice.snapshot(workshop.id) == before
    assert workshop.alice.command(workshop.id, "room.change", name="Fine").status == 200


def test_a_change_to_the_same_is_no_event(workshop: Workshop) -> None:
    head = workshop.alice.snapshot(workshop.id)["head_seq"]
    assert workshop.alice.command(workshop.id, "room.change", name="Workshop").status == 200
    assert workshop.alice.snapshot(workshop.id)["head_seq"] == head


def test_a_renewed_link_replaces_the_old_one(workshop: Workshop) -> None:
    def renew(person: Person) -> str:
        return person.command(workshop.id, "room.renew_invite").code

    assert [renew(workshop.bob), renew(workshop.carol)] == ["not_allowed", "not_found"]
    assert workshop.carol.get(f"/api/invites/{workshop.invite}/").status == 200
    assert renew(workshop.alice) == ""
    invite = workshop.bob.snapshot(workshop.id)["room"]["invite"]
    assert invite != workshop.invite
    assert workshop.carol.join(workshop.invite).code == "not_found"
    assert workshop.carol.join(invite).status == 200


def test_an_archived_room_is_read_and_nothing_more(workshop: Workshop) -> None:
    def archive(person: Person) -> str:
        return person.command(workshop.id, "room.archive").code

    workshop.bob.say(workshop.id, "Hello")
    assert [archive(workshop.bob), archive(workshop.carol)] == ["not_allowed", "not_found"]
    workshop.bob.say(workshop.id, "Still open")
    assert [archive(workshop.alice), archive(workshop.alice)] == ["", ""]
    before = workshop.bob.snapshot(workshop.id)
    assert before["room"]["archived_at"] is not None
    for person in (workshop.alice, workshop.bob):
        refused = person.command(workshop.id, "message.post", text="More")
        assert (refused.status, refused.code) == (409, "room_archived")
    assert workshop.alice.command(workshop.id, "room.change", name="Other").code == "room_archived"
    assert workshop.bob.command(workshop.id, "turn.stop_all").status == 200
    assert workshop.carol.command(workshop.id, "message.post", text="More").code == "not_found"
    assert workshop.carol.join(workshop.invite).code == "not_found"
    assert workshop.bob.snapshot(workshop.id) == before
    assert workshop.bob.command(workshop.id, "room.restore").code == "not_allowed"
    assert workshop.carol.command(workshop.id, "room.restore").code == "not_found"
    assert workshop.alice.command(workshop.id, "room.restore").status == 200
    workshop.bob.say(workshop.id, "Open again")


def test_archived_rooms_are_listed_apart_and_for_their_members(workshop: Workshop) -> None:
    def listed(person: Person, **query: int) -> list[str]:
        return [card["id"] for card in person.get("/api/rooms/", **query).body["results"]]

    workshop.alice.command(workshop.id, "room.change", visibility="public")
    assert (listed(workshop.carol), listed(workshop.bob, archived=1)) == ([workshop.id], [])
    workshop.alice.command(workshop.id, "room.archive")
    for person in (workshop.alice, workshop.bob):
        assert (listed(person), listed(person, archived=1)) == ([], [workshop.id])
    assert (listed(workshop.carol), listed(workshop.carol, archived=1)) == ([], [])
