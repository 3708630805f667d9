"""What people may do with turns: stop one, stop all, ask again."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from llm import turns
from llm.models import Chain, Turn
from llm.tests.helpers import (
    WORKER,
    called,
    dispatched,
    head_seq,
    message_of,
    running,
    seat,
    speaking,
    turn_events,
)
from rooms.models import Participant
from rooms.tests.people import Answer, Person, Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def stop(person: Person, studio: Workshop, turn: Turn) -> Answer:
    return person.command(studio.id, "turn.stop", turn_id=str(turn.pk))


def retry(person: Person, studio: Workshop, turn: Turn) -> Answer:
    return person.command(studio.id, "turn.retry", turn_id=str(turn.pk))


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_any_member_stops_a_turn_and_its_text_stays(studio: Workshop, who: str) -> None:
    turn = speaking(studio, "One ")
    before = head_seq(studio)
    assert stop(studio.carol, studio, turn).code == "not_found"
    assert head_seq(studio) == before
    person: Person = getattr(studio, who)
    assert stop(person, studio, turn) == Answer(200, {})
    message = message_of(turn)
    assert (message.text, message.state, message.error_code) == ("One ", "stopped", "stopped")
    assert turn.error_message == f"Stopped by {person.name}."
    events = studio.alice.events(studio.id, before)
    assert [event["type"] for event in events] == ["message.finished", "turn.changed"]


def test_a_viewer_does_not_stop(studio: Workshop) -> None:
    turn = speaking(studio)
    Participant.objects.filter(pk=seat(studio, "Bob").pk).update(role="viewer")
    assert stop(studio.bob, studio, turn).code == "not_allowed"
    assert studio.bob.command(studio.id, "turn.stop_all").code == "not_allowed"
    turn.refresh_from_db()
    assert turn.state == "running"


def test_stopping_twice_changes_nothing_more(studio: Workshop) -> None:
    turn = speaking(studio)
    assert stop(studio.bob, studio, turn).status == 200
    before = head_seq(studio)
    assert stop(studio.alice, studio, turn) == Answer(200, {})
    assert head_seq(studio) == before
    turn.refresh_from_db()
    assert turn.error_message == "Stopped by Bob."


def test_what_is_done_is_not_stopped(studio: Workshop) -> None:
    turn = speaking(studio)
    assert turns.settle(turn, "done", turns.Text("One", 0))
    assert stop(studio.bob, studio, turn).status == 200
    assert message_of(turn).state == "complete"


def test_a_turn_of_another_room_does_not_exist(studio: Workshop) -> None:
    turn = speaking(studio)
    other = studio.carol.create_room("Hers").body["room_id"]
    for kind in ("turn.stop", "turn.retry"):
        real = studio.carol.command(other, kind, turn_id=str(turn.pk))
        assert real.code == "not_found"
        assert real == studio.carol.command(other, kind, turn_id=str(uuid4()))
        assert studio.bob.command(studio.id, kind, turn_id="7").code == "invalid"
    turn.refresh_from_db()
    assert turn.state == "running"


def test_stop_all_ends_what_runs_and_what_waits_and_starts_nothing(
    studio: Workshop, sent: list[UUID], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    first = speaking(studio)
    waiting = called(studio)
    other = running(studio, "@Bo hello")
    assert studio.carol.command(studio.id, "turn.stop_all").code == "not_found"
    sent.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert studio.bob.command(studio.id, "turn.stop_all").body == {"stopped": 3}
    assert set(Turn.objects.values_list("state", flat=True)) == {"stopped"}
    assert {first.pk, waiting.pk, other.pk} == set(Turn.objects.values_list("pk", flat=True))
    assert sent == []
    assert studio.bob.command(studio.id, "turn.stop_all").body == {"stopped": 0}


def test_stop_all_stays_in_its_room(studio: Workshop) -> None:
    turn = speaking(studio)
    other = studio.bob.create_room("Other").body["room_id"]
    assert studio.bob.command(other, "turn.stop_all").body == {"stopped": 0}
    turn.refresh_from_db()
    assert turn.state == "running"


@pytest.mark.parametrize("how", ["failed", "stopped", "blocked"])
def test_asking_again_is_a_new_turn_for_the_same_message(
    studio: Workshop,
    how: str,
    sent: list[UUID],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    turn = speaking(studio, "One ")
    if how == "failed":
        assert turns.settle(turn, "failed", turns.Text("One ", 0), turns.WORKER_LOST)
    elif how == "stopped":
        assert stop(studio.bob, studio, turn).status == 200
    else:
        Turn.objects.filter(pk=turn.pk).update(state="blocked")
    before = head_seq(studio)
    sent.clear()
    assert retry(studio.carol, studio, turn).code == "not_found"
    with django_capture_on_commit_callbacks(execute=True):
        answer = retry(studio.bob, studio, turn)
    again = Turn.objects.get(pk=answer.body["turn_id"])
    assert (again.cause, again.state, again.depth, again.repeat) == ("retry", "queued", 0, 0)
    assert (again.trigger_message_id, again.participant_id) == (turn.trigger_message_id, turn.participant_id)
    assert again.chain_id != turn.chain_id
    assert Chain.objects.get(pk=again.chain_id).turns.count() == 1
    assert sent == [again.pk]
    assert [t["id"] for t in turn_events(studio, before)] == [str(again.pk)]
    assert message_of(turn).text == "One ", "the earlier attempt stays"


def test_asking_again_twice_is_one_turn_until_it_ends(studio: Workshop) -> None:
    turn = speaking(studio)
    stop(studio.bob, studio, turn)
    first = retry(studio.bob, studio, turn).body["turn_id"]
    assert retry(studio.alice, studio, turn).body["turn_id"] == first
    claimed = turns.claim(UUID(first), WORKER)
    assert claimed is not None
    assert turns.settle(claimed, "failed", turns.Text("", 0), turns.WORKER_LOST)
    second = retry(studio.bob, studio, turn).body["turn_id"]
    assert second != first
    assert Turn.objects.get(pk=second).repeat == 1


@pytest.mark.parametrize("state", ["queued", "running", "done"])
def test_what_has_not_failed_is_not_asked_again(studio: Workshop, state: str) -> None:
    turn = called(studio) if state == "queued" else speaking(studio)
    if state == "done":
        assert turns.settle(turn, "done", turns.Text("One", 0))
    answer = retry(studio.bob, studio, turn)
    assert (answer.status, answer.code) == (409, "turn_settled")
    assert Turn.objects.count() == 1


def test_a_persona_that_left_is_not_asked_again(studio: Workshop) -> None:
    turn = speaking(studio)
    stop(studio.bob, studio, turn)
    Participant.objects.filter(pk=turn.participant_id).update(left_at="2026-01-01T00:00Z")
    assert retry(studio.bob, studio, turn).code == "turn_settled"


def test_a_retry_is_not_woken_a_second_time_by_its_message(studio: Workshop) -> None:
    turn = speaking(studio)
    stop(studio.bob, studio, turn)
    retry(studio.bob, studio, turn)
    assert len(dispatched(studio)) == 2
