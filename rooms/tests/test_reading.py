"""A room as it is, its older pages, and what was missed."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from rooms.models import Event
from rooms.tests.people import Workshop


def test_a_snapshot_is_the_same_room_for_every_member(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "Hello")
    hers, his = workshop.alice.snapshot(workshop.id), workshop.bob.snapshot(workshop.id)
    assert hers.pop("you")["role"] == "owner"
    assert his.pop("you")["role"] == "member"
    assert hers == his
    assert UUID(hers["epoch"])
    assert hers["turns"] == []


def test_pages_go_back_to_the_first_message(workshop: Workshop) -> None:
    said = [workshop.bob.say(workshop.id, str(number)) for number in range(7)]
    path = f"/api/rooms/{workshop.id}/messages/"
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 3}
    for is_last in (False, False, True):
        page = workshop.alice.get(path, **query).body
        seen = [m["id"] for m in page["messages"]] + seen
        assert page["has_older"] is not is_last
        assert page["turns"] == []
        query["before"] = page["messages"][0]["seq"]
    assert seen == said
    assert workshop.alice.get(path, **query).body["messages"] == []


def test_the_snapshot_holds_the_newest_page(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.snapshots.PAGE", 2)
    for number in range(3):
        workshop.bob.say(workshop.id, str(number))
    snapshot = workshop.alice.snapshot(workshop.id)
    assert [m["text"] for m in snapshot["messages"]] == ["1", "2"]
    assert snapshot["has_older"] is True


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "999999"}])
def test_a_limit_is_bent_into_its_range(workshop: Workshop, query: dict[str, str]) -> None:
    workshop.bob.say(workshop.id, "1")
    answer = workshop.alice.get(f"/api/rooms/{workshop.id}/messages/", **query)
    assert [m["text"] for m in answer.body["messages"]] == ["1"]


@pytest.mark.parametrize("number", ["-1", "x", "1.5", "", " 1", "٣", "9" * 19, "\x00", "0x1"])
@pytest.mark.parametrize("name", ["before", "limit", "after"])
def test_a_number_that_is_none_is_refused(workshop: Workshop, name: str, number: str) -> None:
    end = "events" if name == "after" else "messages"
    answer = workshop.alice.get(f"/api/rooms/{workshop.id}/{end}/", **{name: number})
    assert (answer.status, answer.code) == (400, "invalid")


def test_pages_of_long_messages_are_shorter(workshop: Workshop) -> None:
    """The longest ones in bytes, of which fifty would be six megabytes."""
    said = [workshop.bob.say(workshop.id, f"{number} " + "🙂" * 31_990) for number in range(8)]
    page = workshop.alice.snapshot(workshop.id)
    assert len(json.dumps(page, ensure_ascii=False).encode()) < 500_000
    read = page["messages"]
    assert 1 < len(read) < 8
    while page["has_older"]:
        path = f"/api/rooms/{workshop.id}/messages/"
        page = workshop.alice.get(path, before=read[0]["seq"]).body
        read = page["messages"] + read
    assert [message["id"] for message in read] == said


def test_one_message_is_given_as_in_the_snapshot(workshop: Workshop) -> None:
    said = workshop.bob.say(workshop.id, "Hello")
    answer = workshop.alice.get(f"/api/rooms/{workshop.id}/messages/{said}/")
    assert answer.body == workshop.alice.snapshot(workshop.id)["messages"][0]
    other_room = workshop.alice.create_room("Other").body["room_id"]
    assert workshop.alice.get(f"/api/rooms/{other_room}/messages/{said}/").code == "not_found"
    assert workshop.alice.get(f"/api/rooms/{workshop.id}/messages/{uuid4()}/").code == "not_found"


def test_a_replay_is_what_happened_after_a_number(workshop: Workshop) -> None:
    everything = workshop.alice.events(workshop.id)
    head_seq = workshop.alice.snapshot(workshop.id)["head_seq"]
    assert [event["seq"] for event in everything] == list(range(1, head_seq + 1))
    assert [event["type"] for event in everything] == [
        "room.changed",
        "participant.changed",
        "participant.changed",
    ]
    assert workshop.alice.events(workshop.id, after=1) == everything[1:]
    assert workshop.alice.events(workshop.id, after=head_seq) == []
    assert workshop.alice.events(workshop.id, after=head_seq + 7) == []
    workshop.bob.say(workshop.id, "Hello")
    [event] = workshop.alice.events(workshop.id, after=head_seq)
    assert event["data"]["message"]["seq"] == event["seq"] == head_seq + 1


def test_applying_all_events_gives_the_snapshot(workshop: Workshop) -> None:
    first = workshop.bob.say(workshop.id, "Hello")
    workshop.bob.say(workshop.id, "Again", reply_to_id=first)
    workshop.bob.command(workshop.id, "participant.rename", name="Robert", title="Cook")
    workshop.alice.command(workshop.id, "room.rename", name="Atelier")
    snapshot = workshop.alice.snapshot(workshop.id)
    room: dict[str, Any] = {}
    participants: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    events = workshop.alice.events(workshop.id)
    for event in events + events[2:]:  # twice does no harm
        data = event["data"]
        room = data.get("room", room)
        for name, known in (("participant", participants), ("message", messages)):
            if name in data:
                known[data[name]["id"]] = data[name]
    assert snapshot["room"] == room
    assert snapshot["participants"] == list(participants.values())
    assert snapshot["messages"] == list(messages.values())


def test_a_gap_that_is_too_large_is_told(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_REPLAY_EVENTS = 3
    assert len(workshop.alice.events(workshop.id)) == 3
    workshop.bob.say(workshop.id, "Hello")
    answer = workshop.alice.get(f"/api/rooms/{workshop.id}/events/", after=0)
    assert (answer.status, answer.code) == (409, "replay_too_far")
    assert len(workshop.alice.events(workshop.id, after=1)) == 3


def test_a_pruned_log_is_told(workshop: Workshop) -> None:
    Event.objects.filter(room=workshop.uuid, seq=1).delete()
    path = f"/api/rooms/{workshop.id}/events/"
    assert workshop.alice.get(path, after=0).code == "replay_too_far"
    assert workshop.alice.get(path, after=1).status == 200
