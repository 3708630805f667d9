"""A run's next turn, taken by the worker that ended the one before (`llm.runs.ahead`). That it is asked the
same as through the queue is looked at wherever a run goes on in these tests (`run_helpers.follow`)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from llm import claims, reaper, turns
from llm.claims import Claimed
from llm.models import Turn
from llm.requests import TurnRequest
from llm.runner import Closed, Runner
from llm.runs import ahead, driver
from llm.tests.helpers import WORKER, called, lose_lease, seat, turn_events
from llm.tests.run_helpers import claimed, end, follow, messages, newest_run, open_turn, opened, start
from llm.tests.scripted import DONE, ScriptedModel, texts
from rooms import typing
from rooms.database import in_database
from rooms.models import Room
from rooms.tests.people import Workshop
from rooms.tests.tasks import database_work_is_done, end_tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
async def following(settings: Settings, model: ScriptedModel) -> AsyncIterator[Runner]:
    settings.LLM_TICK_SECONDS = settings.LLM_GRACE_SECONDS = 0.005
    started = Runner()
    yield started
    await end_tasks(*started.tasks)
    await started.close()
    await database_work_is_done()


def begin(studio: Workshop) -> Turn:
    start(studio, rounds=2)
    return open_turn(studio, "Ada")


def settled(turn: Turn) -> Turn:
    """A run's turn that has ended, and the run does not know yet."""
    ours, words = claimed(turn), f"Words {turn.run_number}."
    assert turns.begin(ours, uuid4(), words)
    assert turns.settle(ours, "done", turns.Text(words, 0))
    return turn


def next_of(turn: Turn) -> Claimed | None:
    """What a worker takes behind it."""
    settled(turn)
    assert turn.run_id is not None
    return follow(turn.run_id)


async def test_a_run_goes_from_turn_to_turn_without_the_queue(
    following: Runner, model: ScriptedModel, studio: Workshop, sent: list[UUID]
) -> None:
    first = await in_database(begin, studio)
    for word in ("One.", "Two.", "Three.", "Four."):
        model.add(*texts(word), DONE)
    await following.run(first.pk)
    assert (await in_database(messages, studio))[1:] == ["Ada: One.", "Bo: Two.", "Ada: Three.", "Bo: Four."]
    run = await in_database(newest_run, studio)
    assert (run.state, run.end_code) == ("ended", "finished")
    assert sent == [first.pk]
    told = await in_database(turn_events, studio)
    states = [[t["state"] for t in told if t["run"]["number"] == number] for number in (1, 2)]
    # Once when it was claimed, once with its message.
    assert states == [["queued", "running", "running", "done"], ["running", "running", "done"]]
    # Each one knows what was said before it.
    assert [("Three." in request.messages[1].content) for request in model.requests] == [False] * 3 + [True]


def test_it_is_this_workers_with_what_its_call_may_use(studio: Workshop) -> None:
    taken = next_of(begin(studio))
    assert taken is not None
    turn = Turn.objects.get(pk=taken.turn.pk)
    assert turn.lease_until is not None
    assert turn.lease_until > timezone.now()
    assert turn.started_at == turn.created_at
    assert (turn.reserved_attempt, turn.reserved_output) == (1, taken.request.max_output_tokens)
    assert turn.reserved_input is not None
    assert turn.reserved_input > 100
    # As any claimed turn it can be renewed, begun and settled.
    assert turns.renew(WORKER, [turn.pk]) == {turn.pk}
    assert turns.begin(taken.turn, uuid4(), "The roof.")
    assert turns.settle(taken.turn, "done", turns.Text("The roof.", 0))


def test_without_a_worker_it_waits_in_the_queue(studio: Workshop) -> None:
    turn = settled(begin(studio))
    assert turn.run_id is not None
    assert driver.advance(turn.run_id) is None
    assert open_turn(studio, "Bo").state == "queued"


def test_whoever_speaks_elsewhere_speaks_there_first(studio: Workshop) -> None:
    turn = begin(studio)
    before = called(studio, "@Bo hello")
    assert next_of(turn) is None
    assert [t.state for t in (before, open_turn(studio, "Bo"))] == ["queued", "queued"]


def test_what_it_would_cost_too_much_to_ask_is_told_as_ever(studio: Workshop, settings: Settings) -> None:
    """Enough for a word, and not for what it would read."""
    turn = begin(studio)
    settings.LLM_CHAIN_TOKENS = 50
    assert next_of(turn) is None
    waiting = open_turn(studio, "Bo")
    assert claims.claim([waiting.pk], WORKER) == []
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == ("blocked", "token_limit")


def test_where_whoever_pays_is_locked_first_it_waits_in_the_queue(
    studio: Workshop, settings: Settings
) -> None:
    settings.LLM_PERSON_DAY_USD = 5.0
    assert next_of(begin(studio)) is None
    assert opened(studio) == ["Bo"]


def test_a_room_with_a_budget_for_the_day_has_it_set_aside(studio: Workshop) -> None:
    Room.objects.filter(pk=studio.uuid).update(day_usd=5)
    taken = next_of(begin(studio))
    assert taken is not None
    assert Turn.objects.get(pk=taken.turn.pk).reserved_usd == 0  # a demo voice is free


def test_what_happens_meanwhile_is_not_overlooked(studio: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between what was read and the transaction."""
    turn = begin(studio)
    prepare = ahead.prepare

    def late(*args: Any, **kwargs: Any) -> Any:
        made = prepare(*args, **kwargs)
        studio.bob.say(studio.id, "Mind the rain.")
        return made

    monkeypatch.setattr(driver, "prepare", late)
    assert next_of(turn) is None
    [asked] = claims.claim([open_turn(studio, "Bo").pk], WORKER)
    assert "Mind the rain." in asked.request.messages[1].content


def test_nobody_is_taken_who_waits_for_people(studio: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[UUID] = []
    monkeypatch.setattr(driver, "look_again", looked.append)
    monkeypatch.setattr(typing, "is_anybody_typing", lambda room_id: True)
    assert next_of(begin(studio)) is None
    assert (opened(studio), len(looked)) == ([], 1)


def test_what_cannot_be_asked_goes_to_its_end_through_the_queue(
    studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(turn: Turn, *, said: str = "") -> TurnRequest:
        raise ValueError("a defect")

    turn = begin(studio)
    monkeypatch.setattr(claims, "request_for", broken)
    assert next_of(turn) is None
    waiting = open_turn(studio, "Bo")
    assert claims.claim([waiting.pk], WORKER) == []
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == ("failed", "internal")


def test_a_boundary_that_dies_leaves_nothing_taken(studio: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what was decided: the sweep decides it again, through the queue."""

    def die(*args: Any, **kwargs: Any) -> None:
        raise SystemExit("killed")

    turn = begin(studio)
    with monkeypatch.context() as patched:
        patched.setattr(driver, "publish", die)
        with pytest.raises(SystemExit):
            next_of(turn)
    assert opened(studio) == []
    assert reaper.drive_runs() == 1
    assert open_turn(studio, "Bo").state == "queued"


def test_one_whose_worker_died_behind_the_boundary_has_failed_and_the_run_goes_on(studio: Workshop) -> None:
    taken = next_of(begin(studio))
    assert taken is not None
    lose_lease(taken.turn)
    assert turns.expire(taken.turn.pk)
    assert driver.advance(newest_run(studio).pk) is None
    assert Turn.objects.get(pk=taken.turn.pk).error_code == "worker_lost"
    assert opened(studio) == ["Ada"]


def test_decided_twice_it_is_taken_once(studio: Workshop) -> None:
    turn = begin(studio)
    assert next_of(turn) is not None
    assert turn.run_id is not None
    assert follow(turn.run_id) is None
    assert opened(studio) == ["Bo"]


async def test_a_stop_that_is_heard_before_it_begins(
    following: Runner, model: ScriptedModel, studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the transaction and the call."""
    first = await in_database(begin, studio)
    model.add(*texts("One."), DONE)
    advance = driver.advance

    def stopped(run_id: UUID, worker: UUID | None = None) -> Claimed | None:
        taken = advance(run_id, worker)
        if taken is not None:
            assert studio.alice.command(studio.id, "run.stop", run_id=str(run_id)).status == 200
            for _ in range(2_000):
                if taken.turn.pk in following._stopped:
                    return taken
                time.sleep(0.01)
            raise TimeoutError
        return taken

    monkeypatch.setattr(driver, "advance", stopped)
    await following.run(first.pk)
    assert (await in_database(messages, studio))[1:] == ["Ada: One."]
    assert (await in_database(newest_run, studio)).end_code == "stopped"
    assert len(model.requests) == 1


async def test_a_worker_that_closes_takes_nothing_more(
    following: Runner, model: ScriptedModel, studio: Workshop, settings: Settings
) -> None:
    settings.LLM_GRACE_SECONDS = 20
    first = await in_database(begin, studio)
    go_on = asyncio.Event()
    step = model.add(*texts("One."), go_on, DONE)
    running = asyncio.create_task(following.run(first.pk))
    async with asyncio.timeout(20):
        await step.reached.wait()
        closing = asyncio.create_task(following.close())
        await asyncio.sleep(0)
        go_on.set()
        assert await closing == Closed(finished=1, cut=0, unsettled=0)
        await running
    # It is left to whoever hears of the end, which is nobody in these tests.
    assert await in_database(opened, studio) == []


async def test_one_that_was_taken_by_a_worker_that_closes_is_given_back(
    following: Runner, model: ScriptedModel, studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is told at once, not when its lease runs out."""
    first = await in_database(begin, studio)
    model.add(*texts("One."), DONE)
    advance, loop = driver.advance, asyncio.get_running_loop()

    def closes(run_id: UUID, worker: UUID | None = None) -> Claimed | None:
        taken = advance(run_id, worker)
        if taken is not None:
            asyncio.run_coroutine_threadsafe(following.close(), loop)
        return taken

    monkeypatch.setattr(driver, "advance", closes)
    await asyncio.gather(following.run(first.pk), return_exceptions=True)

    def is_given_back() -> bool:
        told = [turn for turn in turn_events(studio) if turn["run"]["number"] == 2]
        return bool(told[-1]["error"]) and told[-1]["error"]["code"] == "worker_lost"

    async with asyncio.timeout(20):
        while not await in_database(is_given_back):  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0.01)


async def test_with_every_place_taken_others_come_first(
    following: Runner, model: ScriptedModel, studio: Workshop, settings: Settings, sent: list[UUID]
) -> None:
    settings.CELERY_WORKER_CONCURRENCY = 1
    first = await in_database(begin, studio)
    model.add(*texts("One."), DONE)
    await following.run(first.pk)
    assert first.run_id is not None
    assert await in_database(driver.advance, first.run_id) is None
    waiting = await in_database(open_turn, studio, "Bo")
    assert (waiting.state, sent) == ("queued", [first.pk, waiting.pk])


def test_from_time_to_time_any_worker_may_take_it(studio: Workshop) -> None:
    start(studio, rounds=12)
    for number in range(2, 2 * ahead.SPREAD_EVERY + 2):
        previous, name = ("Ada", "Bo") if number % 2 == 0 else ("Bo", "Ada")
        taken = next_of(open_turn(studio, previous))
        assert (taken is None) == (number % ahead.SPREAD_EVERY == 0)
        assert open_turn(studio, name).run_number == number


def test_a_person_in_a_run_is_nobodys_to_take(studio: Workshop) -> None:
    people = [str(seat(studio, "Bob").pk)]
    start(studio, "consensus", choices=["Monday", "Friday"], people_ids=people)
    assert opened(studio) == ["Ada", "Bo", "Bob"]
    end(studio, "Ada", "Monday.")
    assert open_turn(studio, "Bob").state == "queued"
