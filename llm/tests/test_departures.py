"""A persona that was removed is stopped, and not woken any more."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from llm import receivers
from llm.actions import stop_departed
from llm.reaper import sweep
from llm.tests.helpers import (
    called,
    dispatched,
    head_seq,
    message_of,
    running,
    seat,
    speaking,
    turn_events,
)
from rooms.tests.people import Answer, Person, Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def remove(by: Person, studio: Workshop, name: str) -> Answer:
    participant_id = str(seat(studio, name).pk)
    return by.command(studio.id, "participant.remove", participant_id=participant_id)


@pytest.mark.parametrize("end", [stop_departed, sweep])
def test_its_running_and_waiting_turns_are_stopped_with_their_text(studio: Workshop, end: Any) -> None:
    first = speaking(studio, "One ")
    waiting = called(studio, "@Ada and another thing")
    others = called(studio, "@Bo hello")
    assert remove(studio.carol, studio, "Ada").code == "not_found"
    end()
    first.refresh_from_db()
    assert first.state == "running"
    assert remove(studio.alice, studio, "Ada").status == 200
    end()
    message = message_of(first)
    assert (message.text, message.state) == ("One ", "stopped")
    for turn in (first, waiting):
        turn.refresh_from_db()
        assert (turn.state, turn.error_message) == ("stopped", "Ada was removed from the room.")
    others.refresh_from_db()
    assert others.state == "queued"


@pytest.mark.parametrize("how", ["removal", "stop_all"])
def test_what_waits_ends_before_what_runs_so_that_nothing_is_started(
    studio: Workshop,
    how: str,
    sent: list[UUID],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    first = speaking(studio)
    waiting = [called(studio), called(studio)]
    before = head_seq(studio)
    sent.clear()
    with django_capture_on_commit_callbacks(execute=True):
        if how == "removal":
            assert remove(studio.alice, studio, "Ada").status == 200
            assert stop_departed() == 3
        else:
            assert studio.alice.command(studio.id, "turn.stop_all").body == {"stopped": 3}
    ended = [turn["id"] for turn in turn_events(studio, before)]
    assert ended == [str(turn.pk) for turn in (*waiting, first)]
    assert sent == []


def test_it_is_not_woken_any_more(studio: Workshop) -> None:
    assert remove(studio.alice, studio, "Ada").status == 200
    studio.bob.say(studio.id, "@Ada and @Bo hello")
    assert [turn.participant.name for turn in dispatched(studio)] == ["Bo"]


def test_its_removal_asks_for_the_stop_and_a_persons_does_not(
    studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    class Inline:
        def submit(self, function: Any, *_: Any) -> None:
            asked.append(function)

    monkeypatch.setattr(receivers, "_dispatcher", Inline)

    class Event:
        type = "participant.changed"

        def __init__(self, kind: str, left_at: str | None) -> None:
            self.data = {"participant": {"kind": kind, "left_at": left_at}}

    gone = "2026-01-05T12:00:00.000Z"
    for event in (Event("human", gone), Event("persona", None)):
        receivers.stop_departed_soon(room_id=uuid4(), events=[event])
    assert asked == []
    receivers.stop_departed_soon(room_id=uuid4(), events=[Event("persona", gone)])
    assert asked == [receivers._stop_departed]


def test_a_removed_persona_does_not_start(studio: Workshop) -> None:
    turn = running(studio)
    assert remove(studio.alice, studio, "Ada").status == 200
    assert stop_departed() == 1
    assert stop_departed() == 0
    turn.refresh_from_db()
    assert turn.state == "stopped"
