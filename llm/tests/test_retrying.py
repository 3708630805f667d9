"""Calls that are made a second time: which, when, how often, and only while nothing was sent."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, get_args

import pytest
from pytest_django import Settings

from llm import turns
from llm.gateway.errors import RETRYABLE, ErrorCode, GatewayError
from llm.gateway.types import ThinkingChunk, Usage
from llm.models import Turn, UsageEntry
from llm.retrying import RetryPolicy, pause_before_next
from llm.runner import Runner
from llm.tests.helpers import message_of
from llm.tests.scripted import DONE, ScriptedModel, texts
from llm.turns import WORKER_LOST
from rooms.database import in_database
from rooms.tests.tasks import until

POLICY = RetryPolicy(tries=3, pause=1.0, longest_pause=10.0)
BUSY = GatewayError("rate_limit")


@pytest.mark.parametrize("code", get_args(ErrorCode))
def test_only_what_may_pass_is_tried_again(code: ErrorCode) -> None:
    pause = pause_before_next(POLICY, GatewayError(code), tries=1, chance=0.5)
    assert (pause is not None) == (code in RETRYABLE)


def test_the_pause_doubles_is_spread_and_has_a_bound() -> None:
    def pauses(tries: int) -> list[float | None]:
        policy = RetryPolicy(tries=9, pause=1.0, longest_pause=10.0)
        return [pause_before_next(policy, BUSY, tries=tries, chance=chance) for chance in (0.0, 0.5, 1.0)]

    assert pauses(1) == [0.5, 1.0, 1.5]
    assert pauses(2) == [1.0, 2.0, 3.0]
    assert pauses(5) == [8.0, 10.0, 10.0]


def test_there_is_a_last_try() -> None:
    assert pause_before_next(POLICY, BUSY, tries=2, chance=0.5) is not None
    assert pause_before_next(POLICY, BUSY, tries=3, chance=0.5) is None


@pytest.mark.parametrize(("asked", "pause"), [(0.0, 1.0), (4.0, 4.0), (10.0, 10.0), (10.5, None)])
def test_what_the_provider_asks_for_is_kept_or_it_is_left_alone(asked: float, pause: float | None) -> None:
    error = GatewayError("rate_limit", retry_after=asked)
    assert pause_before_next(POLICY, error, tries=1, chance=0.5) == pause


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
class TestOfATurn:
    async def test_a_second_call_answers(self, runner: Runner, model: ScriptedModel, turn: Turn) -> None:
        model.add(GatewayError("unavailable", usage=Usage(5, 0, None, None)))
        model.add(*texts("One"), DONE)
        await runner.run(turn.pk)
        message = await in_database(message_of, turn)
        assert (message.text, message.state, turn.state, turn.error_code) == ("One", "complete", "done", "")
        assert await in_database(lambda: attempts(turn)) == [(1, 5), (2, 11)]

    async def test_the_last_failure_is_told(self, runner: Runner, model: ScriptedModel, turn: Turn) -> None:
        model.add(GatewayError("rate_limit"))
        model.add(GatewayError("unavailable"))
        await runner.run(turn.pk)
        await in_database(turn.refresh_from_db)
        assert (turn.state, turn.error_code, turn.message_id) == ("failed", "unavailable", None)

    @pytest.mark.parametrize("sent", [texts("One"), [ThinkingChunk("Hm.")], texts(" ")], ids=repr)
    async def test_nothing_that_was_begun_is_begun_again(
        self, runner: Runner, model: ScriptedModel, turn: Turn, sent: list[Any]
    ) -> None:
        model.add(*sent, GatewayError("unavailable"))
        await runner.run(turn.pk)
        await in_database(turn.refresh_from_db)
        assert (turn.state, turn.error_code) == ("failed", "unavailable")

    @pytest.mark.parametrize("is_stop", [True, False], ids=["a stop", "the worker's end"])
    async def test_a_pause_is_cut_short(
        self, runner: Runner, model: ScriptedModel, turn: Turn, settings: Settings, is_stop: bool
    ) -> None:
        settings.LLM_RETRY_SECONDS = 30.0
        settings.LLM_LONGEST_RETRY_SECONDS = 60.0
        model.add(GatewayError("unavailable"))
        running = asyncio.create_task(runner.run(turn.pk))
        await until(lambda: len(model.requests) == 1)
        began = monotonic()
        if is_stop:
            assert await in_database(turns.stop, turn.pk, WORKER_LOST)
        else:
            await runner.close()
        async with asyncio.timeout(5):
            await running
        assert monotonic() - began < 5
        await in_database(turn.refresh_from_db)
        assert turn.state == ("stopped" if is_stop else "failed")


def attempts(turn: Turn) -> list[tuple[int, int | None]]:
    entries = UsageEntry.objects.filter(turn=turn).order_by("attempt")
    return list(entries.values_list("attempt", "input_tokens"))
