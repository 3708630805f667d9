"""A turn that goes wrong: its text stays, its end is told, and what it cost is recorded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings

from llm import claims, turns
from llm import publisher as publisher_module
from llm import runner as runner_module
from llm.gateway.errors import GatewayError
from llm.gateway.types import Usage
from llm.models import Turn, UsageEntry
from llm.runner import Closed, Runner
from llm.tests.helpers import message_of
from llm.tests.scripted import DONE, ScriptedModel, seen_text, texts
from rooms.database import in_database
from rooms.models import Message
from rooms.tests.people import Json
from rooms.tests.tasks import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.mark.parametrize("code", ["quota", "auth", "context_window"])
async def test_an_error_before_any_text_fails_without_a_message(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json], code: Any
) -> None:
    model.add(GatewayError(code, usage=Usage(5, 0, None, None)))
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (turn.state, turn.error_code, turn.message_id) == ("failed", code, None)
    assert turn.error_message == GatewayError(code).message
    assert not await in_database(Message.objects.filter(turn_id=turn.pk).exists)
    usage = await in_database(UsageEntry.objects.get, turn=turn)
    assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (5, 0, None)
    assert [e["type"] for e in broadcasts] == ["turn.changed", "turn.changed"]


async def test_an_error_after_text_keeps_it(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json]
) -> None:
    model.add(*texts("One", " two"), GatewayError("unavailable"))
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, message.state, message.error_code) == ("One two", "failed", "unavailable")
    assert (turn.state, turn.error_code) == ("failed", "unavailable")
    usage = await in_database(UsageEntry.objects.get, turn=turn)
    assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (None, None, None), "not told, not 0"


async def test_an_error_that_cost_nothing_has_no_usage(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(GatewayError("bad_request"))
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert turn.state == "failed"
    assert not await in_database(UsageEntry.objects.filter(turn=turn).exists)


@pytest.mark.parametrize("parts", [[], [""], [" \n", "\t"]], ids=repr)
async def test_an_empty_answer_is_a_failure(
    runner: Runner, model: ScriptedModel, turn: Turn, parts: list[str]
) -> None:
    model.add(*texts(*parts), DONE)
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (turn.state, turn.error_code, turn.message_id) == ("failed", "empty", None)
    assert await in_database(UsageEntry.objects.filter(turn=turn).count) == 1


async def test_a_stream_without_an_end_is_truncated(runner: Runner, model: ScriptedModel, turn: Turn) -> None:
    model.add(*texts("One"))
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, message.state, turn.error_code) == ("One", "failed", "truncated")


async def test_a_bug_is_told_as_our_own_fault_without_its_words(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(*texts("One"), RuntimeError("sk-secret"))
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, message.error_code) == ("One", "internal")
    assert "secret" not in message.error_message + turn.error_message


async def test_a_worker_that_shuts_down_settles_its_turns(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json]
) -> None:
    step = model.add(*texts("One"), asyncio.Event())
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: seen_text(broadcasts) == "One")
    async with asyncio.timeout(20):
        assert await runner.close() == Closed(finished=0, cut=1, unsettled=0)
        await task
    assert step.was_closed.is_set()
    message = await in_database(message_of, turn)
    assert (message.text, message.state, turn.error_code) == ("One", "failed", "worker_lost")


async def test_a_worker_that_shuts_down_lets_a_reply_finish(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json], settings: Settings
) -> None:
    settings.LLM_GRACE_SECONDS = 30
    goes_on = asyncio.Event()
    model.add(*texts("One"), goes_on, *texts(" two"), DONE)
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: seen_text(broadcasts) == "One")
    closing = asyncio.create_task(runner.close())
    await asyncio.sleep(0)
    goes_on.set()
    async with asyncio.timeout(20):
        assert await closing == Closed(finished=1, cut=0, unsettled=0)
        await task
    message = await in_database(message_of, turn)
    assert (message.text, message.state) == ("One two", "complete")


async def test_a_worker_that_shuts_down_begins_nothing(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    await runner.close()
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert turn.state == "queued"


async def test_a_request_that_cannot_be_made_fails_the_turn(
    runner: Runner, model: ScriptedModel, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "request_for", lambda turn: 1 / 0)
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (turn.state, turn.error_code) == ("failed", "internal")


@pytest.mark.parametrize("text", ["👍", "©", "  ✅ "], ids=["emoji", "sign", "spaced"])
async def test_a_reply_of_one_symbol_is_shown(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json], text: str
) -> None:
    model.add(*texts(text), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text.strip(), message.state, turn.state) == (text.strip(), "complete", "done")
    assert seen_text(broadcasts).strip() == text.strip()


async def test_text_that_no_database_takes_is_made_storable(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(*texts("a\x00b ", "\ud83d", "\ude00 end"), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, turn.state) == ("a\ufffdb 😀 end", "done")


async def test_an_end_that_the_database_refuses_is_tried_again(
    runner: Runner, model: ScriptedModel, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "PAUSES", (0.0, 0.0))
    settle, refusals = turns.settle, [OperationalError("away"), OperationalError("still away")]

    def unsteady(*arguments: Any) -> bool:
        if refusals:
            raise refusals.pop()
        return settle(*arguments)

    monkeypatch.setattr(turns, "settle", unsteady)
    model.add(*texts("One"), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, message.state, turn.state) == ("One", "complete", "done")
    assert await in_database(UsageEntry.objects.filter(turn=turn).count) == 1


@pytest.mark.parametrize("was_committed", [False, True], ids=["not committed", "committed"])
async def test_a_message_that_the_database_refuses_is_begun_again(
    runner: Runner,
    model: ScriptedModel,
    turn: Turn,
    monkeypatch: pytest.MonkeyPatch,
    was_committed: bool,
) -> None:
    monkeypatch.setattr(publisher_module, "PAUSES", (0.0, 0.0))
    begin, refusals = turns.begin, [OperationalError("away"), OperationalError("still away")]

    def unsteady(*arguments: Any, **options: Any) -> bool:
        if not refusals:
            return begin(*arguments, **options)
        if was_committed and not options["is_repeat"]:
            begin(*arguments, **options)
        raise refusals.pop()

    monkeypatch.setattr(turns, "begin", unsteady)
    model.add(*texts("One ", "two"), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, message.state, turn.state) == ("One two", "complete", "done")
