"""A room's turns over REST."""

from __future__ import annotations

import pytest

from llm.models import Turn
from llm.tests.helpers import called
from rooms.tests.people import Json, Workshop


def turns_path(studio: Workshop) -> str:
    return f"/api/rooms/{studio.id}/turns/"


def test_turns_are_listed_newest_first_and_by_state(studio: Workshop) -> None:
    first, second = called(studio), called(studio, "@Bo?")
    Turn.objects.filter(pk=first.pk).update(state="failed", error_code="timeout", error_message="Late.")
    listed = studio.bob.get(turns_path(studio)).body["results"]
    assert [turn["id"] for turn in listed] == [str(second.pk), str(first.pk)]
    assert listed[1]["error"] == {"code": "timeout", "message": "Late."}
    for states, found in (("queued", [second]), ("failed,queued", [second, first]), ("done", [])):
        page = studio.bob.get(turns_path(studio), state=states).body
        assert [turn["id"] for turn in page["results"]] == [str(turn.pk) for turn in found]
    assert studio.bob.get(turns_path(studio), state="queued,lost").code == "invalid"


def test_turns_are_followed_by_their_links(studio: Workshop) -> None:
    made = [str(called(studio, f"@Ada {number}").pk) for number in range(5)]
    path: str | None = f"{turns_path(studio)}?limit=2&state=queued"
    seen: list[str] = []
    while path is not None:
        page = studio.bob.get(path).body
        seen += [turn["id"] for turn in page["results"]]
        path = page["next"]
    assert seen == made[::-1]


def test_a_turn_is_stopped_and_asked_for_again(studio: Workshop) -> None:
    path = f"{turns_path(studio)}{called(studio).pk}/"
    assert studio.bob.post(f"{path}retry/", {}).code == "turn_settled"
    stopped = studio.bob.post(f"{path}stop/", {})
    assert (stopped.status, stopped.body["state"]) == (200, "stopped")
    again = studio.bob.post(f"{path}retry/", {})
    assert (again.status, again.body["cause"], again.body["state"]) == (201, "retry", "queued")


def test_all_turns_are_stopped_once_by_a_key(studio: Workshop) -> None:
    called(studio)
    key = "7e57ab1e-0000-4000-8000-000000000001"
    answers = [
        studio.bob.post(f"{turns_path(studio)}stop-all/", {}, Idempotency_Key=key).body for _ in range(2)
    ]
    assert answers == [{"stopped": 1}, {"stopped": 1}]
    assert studio.bob.post(f"{turns_path(studio)}stop-all/", {}).body == {"stopped": 0}


@pytest.mark.parametrize("end", ["stop/", "retry/"])
def test_a_turn_of_another_room_does_not_exist(studio: Workshop, end: str) -> None:
    turn = called(studio)
    other: Json = studio.bob.create_room("Other").body
    path = f"/api/rooms/{other['room_id']}/turns/{turn.pk}/{end}"
    assert studio.bob.post(path, {}).code == "not_found"
    turn.refresh_from_db()
    assert turn.state == "queued"
