"""Calls that are made a second time: which, when, how often, and only while nothing was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, get_args

import pytest
from pytest_django import Settings

from llm import turns
from llm.gateway.errors import MENDS, RETRYABLE, SENTENCES, ErrorCode, GatewayError
from llm.gateway.types import ThinkingChunk, Usage
from llm.models import Turn, UsageEntry
from llm.retrying import (
    HANDLING,
    Again,
    Candidate,
    Failure,
    FailureCode,
    Fallback,
    GiveUp,
    Models,
    RetryPolicy,
    next_step,
)
from llm.runner import Runner
from llm.speaking import SILENCES
from llm.tests.helpers import message_of
from llm.tests.scripted import DONE, ScriptedModel, texts
from llm.turns import WORKER_LOST
from rooms.database import in_database
from rooms.tests.tasks import until

POLICY = RetryPolicy(tries=3, pause=1.0, longest_pause=10.0)
OTHERS = (Candidate("lab/wren", 8_000), Candidate("lab/owl", None), Candidate("lab/crane", 200_000))

RETRIED = {"rate_limit", "timeout", "unavailable", "truncated"}
ENDED = {"content_policy", "bad_request", "internal"}


def after(code: FailureCode, others: Sequence[Candidate] = (), **options: Any) -> Again | Fallback | GiveUp:
    size = {name: options.pop(name) for name in ("window", "characters") if name in options}
    chance = options.pop("chance", 0.5)
    policy = options.pop("policy", POLICY)
    return next_step(policy, Failure(code, **options), others, chance=chance, **size)


@pytest.mark.parametrize("code", HANDLING)
def test_only_what_may_pass_is_tried_again(code: FailureCode) -> None:
    assert isinstance(after(code), Again) == (code in RETRIED)
    assert after(code, has_sent=True) == GiveUp(), "nothing that was begun is begun again"


def test_every_failure_is_handled() -> None:
    codes = set(get_args(ErrorCode))
    assert codes == set(SENTENCES) == set(MENDS), "a sentence for people, and one for operators"
    assert set(HANDLING) == codes | set(SILENCES)
    assert {code for code, handling in HANDLING.items() if handling.is_tried_again} == RETRIED == RETRYABLE
    assert {code for code, handling in HANDLING.items() if handling.falls_back == "never"} == ENDED


def test_the_pause_doubles_is_spread_and_has_a_bound() -> None:
    def pauses(tries: int) -> list[Again | Fallback | GiveUp]:
        policy = RetryPolicy(tries=9, pause=1.0, longest_pause=10.0)
        return [after("rate_limit", policy=policy, tries=tries, chance=chance) for chance in (0.0, 0.5, 1.0)]

    assert pauses(1) == [Again(0.5), Again(1.0), Again(1.5)]
    assert pauses(2) == [Again(1.0), Again(2.0), Again(3.0)]
    assert pauses(5) == [Again(8.0), Again(10.0), Again(10.0)]


def test_there_is_a_last_try() -> None:
    assert isinstance(after("rate_limit", tries=2), Again)
    assert after("rate_limit", tries=3) == GiveUp()
    assert after("rate_limit", OTHERS, tries=3) == Fallback(0)


@pytest.mark.parametrize(("asked", "pause"), [(0.0, 1.0), (4.0, 4.0), (10.0, 10.0), (10.5, None)])
def test_what_the_provider_asks_for_is_kept_or_it_is_left_alone(asked: float, pause: float | None) -> None:
    assert after("rate_limit", retry_after=asked) == (GiveUp() if pause is None else Again(pause))
    assert after("rate_limit", OTHERS, retry_after=asked) == (Fallback(0) if pause is None else Again(pause))


@pytest.mark.parametrize("code", HANDLING)
def test_another_model_is_asked_where_it_may_do_better(code: FailureCode) -> None:
    step = after(code, OTHERS, tries=3)
    expected = {"to_any": Fallback(0), "to_larger": Fallback(0), "never": GiveUp()}
    assert step == expected[HANDLING[code].falls_back]


def test_a_whole_wait_for_nothing_is_not_repeated_where_somebody_else_can_be_asked() -> None:
    assert after("timeout", OTHERS) == Fallback(0)
    assert isinstance(after("timeout"), Again)
    assert isinstance(after("unavailable", OTHERS), Again)


@pytest.mark.parametrize(
    ("window", "characters", "position"),
    [
        (4_000, 0, 0),
        (8_000, 0, 2),
        (128_000, 90_000, 2),
        (None, 30_000, 2),
        (None, 3_000, 0),
        (200_000, 0, None),
    ],
)
def test_what_is_too_long_goes_to_a_larger_window_only(
    window: int | None, characters: int, position: int | None
) -> None:
    step = after("context_window", OTHERS, window=window, characters=characters)
    assert step == (GiveUp() if position is None else Fallback(position))


def test_those_passed_over_are_not_asked_later() -> None:
    models = Models(Candidate("lab/jay"), OTHERS)
    assert models.after(Fallback(1)) == Models(OTHERS[1], OTHERS[2:])


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
        if is_stop:
            assert await in_database(turns.stop, turn.pk, WORKER_LOST)
        else:
            await runner.close()
        async with asyncio.timeout(20):
            await running
        await in_database(turn.refresh_from_db)
        assert turn.state == ("stopped" if is_stop else "failed")


def attempts(turn: Turn) -> list[tuple[int, int | None]]:
    entries = UsageEntry.objects.filter(turn=turn).order_by("attempt")
    return list(entries.values_list("attempt", "input_tokens"))
