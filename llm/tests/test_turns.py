"""A turn's life: one worker at a time, one end, and nothing after it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import NoReturn
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from llm import reaper, turns
from llm.models import Turn, UsageEntry
from llm.tests.helpers import (
    WORKER,
    called,
    dispatched,
    head_seq,
    lose_lease,
    message_of,
    running,
    speaking,
    turn_events,
)
from rooms import livetext
from rooms.models import Event, Message, Room
from rooms.protocol.shapes import ErrorShape
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]
STOPPED = ErrorShape(code="stopped", message="Stopped by Bob.")


def test_a_claim_is_told_to_the_room(studio: Workshop) -> None:
    turn = called(studio)
    before = head_seq(studio)
    claimed = turns.claim(turn.pk, WORKER)
    assert claimed is not None
    assert (claimed.fence, claimed.worker, claimed.state) == (1, WORKER, "running")
    [shape] = turn_events(studio, before)
    assert (shape["state"], shape["message_id"]) == ("running", None)
    assert shape["started_at"] is not None


def test_of_two_claims_one_wins(studio: Workshop) -> None:
    turn = called(studio)
    assert turns.claim(turn.pk, WORKER) is not None
    before = head_seq(studio)
    assert turns.claim(turn.pk, uuid4()) is None
    assert turns.claim(turn.pk, WORKER) is None
    turn.refresh_from_db()
    assert (turn.worker, turn.fence, head_seq(studio)) == (WORKER, 1, before)
    assert turns.claim(uuid4(), WORKER) is None


def test_a_persona_speaks_in_one_turn_at_a_time_and_the_next_is_sent_after_it(
    studio: Workshop, sent: list[UUID], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    first, second, third = called(studio), called(studio), called(studio, "@Bo you")
    running_first = turns.claim(first.pk, WORKER)
    assert running_first is not None
    before = head_seq(studio)
    assert turns.claim(second.pk, WORKER) is None
    assert head_seq(studio) == before
    assert turns.claim(third.pk, WORKER) is not None, "another persona is free"
    sent.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert turns.settle(running_first, "failed", turns.Text("", 0), turns.WORKER_LOST)
    assert sent == [second.pk]
    assert turns.claim(second.pk, WORKER) is not None


@pytest.mark.parametrize(("end", "state"), [("done", "complete"), ("failed", "failed")])
def test_the_worker_ends_its_own_turn(studio: Workshop, end: turns.EndState, state: str) -> None:
    turn = speaking(studio, "One ")
    error = turns.WORKER_LOST if end == "failed" else None
    before = head_seq(studio)
    assert turns.settle(turn, end, turns.Text("One two", 1), error)
    message = message_of(turn)
    assert (message.text, message.state, message.index) == ("One two", state, 1)
    assert (turn.state, turn.fence, turn.lease_until) == (end, 1, None)
    events = studio.alice.events(studio.id, before)
    assert [event["type"] for event in events] == ["message.finished", "turn.changed"]
    assert events[0]["data"]["message"]["seq"] == message.seq
    assert events[1]["data"]["turn"]["error"] == (error.model_dump() if error else None)


def late_writes(turn: Turn) -> list[bool]:
    """All that a worker could still try, each of which answers whether it changed something."""
    late = turns.Text("One two, far too late", 9)
    return [
        bool(turns.checkpoint({turn: late})),
        turns.settle(turn, "done", late),
        turns.settle(turn, "failed", late, turns.WORKER_LOST),
    ]


@pytest.mark.parametrize("how", ["stop", "expire", "settle"])
def test_after_the_end_nothing_changes(studio: Workshop, how: str) -> None:
    turn = speaking(studio, "One ")
    if how == "stop":
        assert turns.stop(turn.pk, STOPPED)
    elif how == "expire":
        lose_lease(turn)
        assert turns.expire(turn.pk)
    else:
        assert turns.settle(turn, "done", turns.Text("One ", 0))
    stale = Turn.objects.select_related("participant").get(pk=turn.pk)
    stale.fence = 1  # what the worker knows
    before, snapshot = head_seq(studio), studio.alice.snapshot(studio.id)
    assert late_writes(stale) == [False] * 3
    assert not turns.stop(turn.pk, STOPPED)
    assert not turns.expire(turn.pk)
    assert head_seq(studio) == before
    assert studio.alice.snapshot(studio.id) == snapshot
    assert snapshot["messages"][-1]["text"] == "One "


def test_an_older_fence_changes_nothing_while_another_worker_runs(studio: Workshop) -> None:
    stale = speaking(studio, "One ")
    silent = running(studio, "@Bo hello")
    for turn in (stale, silent):  # as a second claim would leave it
        Turn.objects.filter(pk=turn.pk).update(fence=2, worker=UUID(int=2))
    Message.objects.filter(turn_id=stale.pk).update(fence=2)
    before, snapshot = head_seq(studio), studio.alice.snapshot(studio.id)
    assert late_writes(stale) == [False] * 3
    assert late_writes(silent)[1:] == [False] * 2
    assert not turns.begin(silent, uuid4(), "Late")
    assert turns.renew(WORKER, [turn.pk]) == set()
    assert head_seq(studio) == before
    assert studio.alice.snapshot(studio.id) == snapshot
    stale.fence = 2
    assert turns.settle(stale, "done", turns.Text("One two", 1))


@pytest.mark.parametrize("how", ["stop", "expire"])
def test_a_beginning_after_the_end_makes_no_message(studio: Workshop, how: str) -> None:
    turn = running(studio)
    if how == "stop":
        assert turns.stop(turn.pk, STOPPED)
    else:
        lose_lease(turn)
        assert turns.expire(turn.pk)
    before = head_seq(studio)
    assert not turns.begin(turn, uuid4(), "Late")
    assert head_seq(studio) == before
    assert not Message.objects.filter(turn_id=turn.pk).exists()


async def _publish(turn: Turn, index: int, text: str, whole: str) -> None:
    assert turn.message_id is not None
    await livetext.append([livetext.Piece(turn.message_id, turn.fence, index, text, whole)])


def publish(turn: Turn, texts: list[str]) -> None:
    whole = ""
    for index, text in enumerate(texts):
        whole += text
        asyncio.run(_publish(turn, index, text, whole))


@pytest.mark.parametrize("how", ["stop", "expire"])
def test_an_end_from_outside_keeps_what_people_have_seen(studio: Workshop, how: str) -> None:
    turn = speaking(studio, "One")
    publish(turn, ["One", " two", " three"])
    assert turns.checkpoint({turn: turns.Text("One two", 1)})
    if how == "stop":
        assert turns.stop(turn.pk, STOPPED)
    else:
        lose_lease(turn)
        assert turns.expire(turn.pk)
    message = message_of(turn)
    assert (message.text, message.index) == ("One two three", 2)
    assert message.state == ("stopped" if how == "stop" else "failed")
    assert turn.error_code == ("stopped" if how == "stop" else "worker_lost")
    live = livetext.Piece(message.pk, 1, 3, " four", "One two three four")
    assert asyncio.run(livetext.append([live])) == ["fenced"]


def test_an_end_from_outside_without_redis_keeps_the_checkpoint(studio: Workshop) -> None:
    turn = speaking(studio, "One")
    assert turns.checkpoint({turn: turns.Text("One two", 1)})
    assert turns.stop(turn.pk, STOPPED)
    message = message_of(turn)
    assert (message.text, message.index, message.state) == ("One two", 1, "stopped")


def test_a_checkpoint_is_no_event(studio: Workshop) -> None:
    turn = speaking(studio, "One")
    before = head_seq(studio)
    assert turns.checkpoint({turn: turns.Text("One two", 1)})
    assert head_seq(studio) == before
    assert message_of(turn).text == "One two"


def test_replies_are_kept_together(studio: Workshop) -> None:
    ada, bo = speaking(studio, "One"), speaking(studio, "Uno", "@Bo hello")
    with CaptureQueriesContext(connection) as asked:
        kept = turns.checkpoint({ada: turns.Text("One two", 1), bo: turns.Text("Uno due", 1)})
    assert kept == {ada, bo}
    assert [message_of(turn).text for turn in (ada, bo)] == ["One two", "Uno due"]
    assert len(asked) <= 5  # one transaction: its begin and end, a reading, and a text each
    assert turns.stop(ada.pk, STOPPED)
    assert turns.checkpoint({ada: turns.Text("One two three", 2), bo: turns.Text("Uno", 0)}) == set()
    assert [message_of(turn).text for turn in (ada, bo)] == ["One two", "Uno due"]


def test_a_queued_turn_can_be_stopped(studio: Workshop) -> None:
    turn = called(studio)
    assert turns.stop(turn.pk, STOPPED)
    assert turns.claim(turn.pk, WORKER) is None
    turn.refresh_from_db()
    assert (turn.state, turn.message_id) == ("stopped", None)


def test_a_lease_is_renewed_for_all_turns_of_a_worker(studio: Workshop) -> None:
    ada, bo = running(studio), running(studio, "@Bo hello")
    for turn in (ada, bo):
        lose_lease(turn)
    assert turns.renew(uuid4(), [ada.pk, bo.pk]) == set()
    assert turns.renew(WORKER, [ada.pk, bo.pk]) == {ada.pk, bo.pk}
    assert turns.renew(WORKER, [bo.pk]) == {bo.pk}, "one that the worker lost sight of runs out"
    assert reaper.expire_lost_turns() == 0
    lose_lease(bo)
    assert reaper.expire_lost_turns() == 1
    assert turns.renew(WORKER, [ada.pk, bo.pk]) == {ada.pk}


def test_the_reaper_decides_on_forgotten_rooms(studio: Workshop) -> None:
    studio.bob.say(studio.id, "@Ada hello")
    assert reaper.dispatch_forgotten_rooms() == 1
    assert reaper.dispatch_forgotten_rooms() == 0
    assert len(dispatched(studio)) == 1


def test_the_reaper_leaves_no_room_behind_that_nobody_forgot(studio: Workshop) -> None:
    """What passes append stands behind their cursor; looked at for ever, it would hide forgotten rooms."""
    studio.bob.say(studio.id, "@Ada hello")
    reaper.dispatch_forgotten_rooms()
    behind = Room.objects.filter(dispatch_cursor__seq__lt=F("head_seq"))
    assert behind.exists(), "the new turn is an event"
    assert reaper.dispatch_forgotten_rooms() == 0
    assert not behind.exists()
    studio.bob.say(studio.id, "@Bo hello")
    assert reaper.dispatch_forgotten_rooms() == 1


def test_the_reaper_sends_a_waiting_turn_once_an_interval(
    studio: Workshop, sent: list[UUID], settings: Settings
) -> None:
    turn = called(studio)
    assert reaper.resend_waiting_turns() == 0, "it was sent a moment ago"
    Turn.objects.update(created_at="2026-01-01T00:00Z")
    assert reaper.resend_waiting_turns() == 1
    assert reaper.resend_waiting_turns() == 0
    assert sent == [turn.pk]
    Turn.objects.update(enqueued_at="2026-01-01T00:00Z")
    assert reaper.resend_waiting_turns() == 1


def test_the_reaper_leaves_what_waits_behind_its_own_persona(studio: Workshop, sent: list[UUID]) -> None:
    first = running(studio)
    second = called(studio)
    Turn.objects.update(created_at="2026-01-01T00:00Z")
    assert reaper.resend_waiting_turns() == 0
    assert turns.settle(first, "failed", turns.Text("", 0), turns.WORKER_LOST)
    assert reaper.resend_waiting_turns() == 1
    assert sent == [second.pk]


def entry(**fields: object) -> UsageEntry:
    return UsageEntry(model="demo/engineer", **fields)


def test_usage_is_recorded_once_an_attempt_and_after_the_end_too(studio: Workshop) -> None:
    turn = speaking(studio)
    assert turns.stop(turn.pk, STOPPED)
    turns.record_usage(turn, entry(input_tokens=11, output_tokens=7, cost_usd=Decimal("0.5")))
    turns.record_usage(turn, entry(input_tokens=99, output_tokens=99))
    [kept] = UsageEntry.objects.filter(turn=turn)
    assert (kept.attempt, kept.input_tokens, kept.output_tokens, kept.cached_tokens) == (1, 11, 7, None)
    [shape] = studio.alice.snapshot(studio.id)["turns"]
    assert shape["usage"] == {"input_tokens": 11, "output_tokens": 7, "cached_tokens": None, "cost_usd": 0.5}
    # Told as well: whoever was there when the turn ended has the same as who comes now.
    assert turn_events(studio)[-1] == shape
    assert [event["state"] for event in turn_events(studio)] == ["queued", "running", "running"] + 2 * [
        "stopped"
    ]


@pytest.mark.parametrize(("cost", "told"), [(None, None), (Decimal(0), 0.0)])
def test_unpriced_is_not_free(studio: Workshop, cost: Decimal | None, told: float | None) -> None:
    turn = speaking(studio)
    turns.record_usage(turn, entry(input_tokens=None, output_tokens=0, cost_usd=cost))
    assert turns.settle(turn, "done", turns.Text("One", 0))
    [shape] = studio.alice.snapshot(studio.id)["turns"]
    assert shape["usage"] == {
        "input_tokens": None,
        "output_tokens": 0,
        "cached_tokens": None,
        "cost_usd": told,
    }
    assert turn_events(studio)[-1]["usage"] == shape["usage"]


def test_no_usage_is_none(studio: Workshop) -> None:
    turn = speaking(studio)
    assert turns.settle(turn, "done", turns.Text("One", 0))
    assert studio.alice.snapshot(studio.id)["turns"][0]["usage"] is None


def test_one_turn_that_cannot_be_ended_does_not_starve_the_sweep(
    studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned, other = speaking(studio, "One "), running(studio, "@Bo hello")
    for turn in (poisoned, other):
        lose_lease(turn)
    end = turns.expire

    def refuses_one(turn_id: UUID) -> bool:
        if turn_id == poisoned.pk:
            raise ValueError("can't be stored")
        return end(turn_id)

    monkeypatch.setattr(turns, "expire", refuses_one)
    reaper.sweep()
    other.refresh_from_db()
    poisoned.refresh_from_db()
    assert (other.state, poisoned.state) == ("failed", "running")


@dataclass
class Clock:
    """Seconds that pass when somebody says so; `costs` at each look."""

    now: float = 1_000.0
    costs: float = 0.0

    def __call__(self) -> float:
        self.now += self.costs
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one by which the reaper judges whether it could write."""
    clock = Clock()
    monkeypatch.setattr(reaper, "watch", reaper.Watch(clock))
    return clock


@pytest.mark.parametrize("how", ["away", "slow"])
def test_a_lease_that_could_not_be_renewed_is_no_sign_of_death(
    studio: Workshop, clock: Clock, monkeypatch: pytest.MonkeyPatch, settings: Settings, how: str
) -> None:
    """Who finds the database back first gives the workers time to do so too."""

    def no_transaction() -> NoReturn:
        raise OperationalError("away")

    turn = running(studio)
    with monkeypatch.context() as outage:
        if how == "away":
            outage.setattr(transaction, "atomic", no_transaction)
        clock.costs = 3.0 if how == "slow" else 0.0
        reaper.sweep()
    clock.costs = 0.0
    lose_lease(turn)
    reaper.sweep()
    turn.refresh_from_db()
    assert turn.state == "running"
    clock.now += settings.LLM_LEASE_SECONDS + 1
    reaper.sweep()
    turn.refresh_from_db()
    assert turn.state == "failed"


def test_what_was_kept_long_enough_goes_by_itself(
    studio: Workshop, clock: Clock, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """A batch a sweep, no sooner than it is due, and then not again for a while."""
    monkeypatch.setattr(reaper, "pruning", reaper.Pruning(clock, most=2))
    count = Event.objects.count()
    Event.objects.update(at=timezone.now() - timedelta(days=settings.ROOMS_LOG_DAYS + 1))
    reaper.sweep()
    assert Event.objects.count() == count
    clock.now += settings.ROOMS_PRUNE_SECONDS
    for left in range(count - 2, 0, -2):
        reaper.sweep()
        assert Event.objects.count() == left


def test_a_turn_whose_room_was_deleted_ends_nothing(turn: Turn) -> None:
    ours = turns.claim(turn.pk, WORKER)
    assert ours is not None
    ours.room.delete()
    call = turns.Call(UsageEntry(model="m", output_tokens=7))
    assert not turns.settle(ours, "done", turns.Text("One.", 0), calls=[call])
    assert not UsageEntry.objects.exists()
