"""One turn from its claim to its end, with a scripted model."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest
from pytest_django import Settings

from llm import turns
from llm.actions import STOP_CHANNEL
from llm.gateway.types import ThinkingChunk
from llm.models import Turn, UsageEntry
from llm.runner import Runner
from llm.tests.helpers import lose_lease, message_of
from llm.tests.scripted import DONE, ScriptedModel, deltas, seen_text, texts
from rooms import livetext, redis_clients
from rooms.database import in_database
from rooms.tests.people import Json, Workshop
from rooms.tests.tasks import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


async def test_a_reply_is_streamed_whole_and_in_order(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json]
) -> None:
    model.add(ThinkingChunk("Hm."), *texts("  One", " two", " ", "👩", "\u200d👧", " three\n"), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert message.text == "One two 👩\u200d👧 three\n"
    assert (message.state, turn.state, turn.error_code) == ("complete", "done", "")
    durable = [e for e in broadcasts if e["seq"] is not None]
    kinds = [e["type"] for e in durable]
    assert kinds == ["turn.changed", "message.posted", "turn.changed", "message.finished", "turn.changed"]
    posted = durable[1]["data"]["message"]
    assert (posted["text"], posted["index"], posted["fence"], posted["state"]) == ("One", 0, 1, "streaming")
    assert posted["reply_to_id"] == str(turn.trigger_message_id)
    assert [d["index"] for d in deltas(broadcasts)] == list(range(1, 1 + len(deltas(broadcasts))))
    assert message.text.startswith(seen_text(broadcasts))
    finished = next(e for e in broadcasts if e["type"] == "message.finished")["data"]["message"]
    assert (finished["text"], finished["state"]) == (message.text, "complete")
    usage = await in_database(UsageEntry.objects.get, turn=turn)
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (11, 7, None)
    assert usage.cost_usd == Decimal("0.25")
    [request] = model.requests
    assert [m.role for m in request.messages] == ["system", "user"]
    assert "@Ada hello" in request.messages[1].content


async def test_a_reply_does_not_begin_with_its_speakers_name(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json]
) -> None:
    model.add(*texts("**A", "da", ":** ", "Hello"), DONE)
    await runner.run(turn.pk)
    assert seen_text(broadcasts) == "Hello"
    assert (await in_database(message_of, turn)).text == "Hello"


async def test_what_only_looked_like_the_name_is_said_at_the_end(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(*texts("A", "da"), DONE)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, message.state) == ("Ada", "complete")


async def test_the_first_text_goes_out_at_once(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json], settings: Settings
) -> None:
    settings.LLM_TICK_SECONDS = 60
    go_on = asyncio.Event()
    step = model.add(*texts("One"), go_on, DONE)
    task = asyncio.create_task(runner.run(turn.pk))
    async with asyncio.timeout(20):
        await step.reached.wait()
    assert seen_text(broadcasts) == "One"
    live = await in_database(livetext.read, UUID(broadcasts[1]["data"]["message"]["id"]))
    assert live == livetext.LiveText(1, 0, "One")
    go_on.set()
    await task


async def test_text_is_in_redis_before_it_is_told(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    append = livetext.append

    async def noting(pieces: list[livetext.Piece]) -> list[livetext.AppendResult]:
        assert len(deltas(broadcasts)) == max(0, len(kept) - 1)
        kept.extend(piece.index for piece in pieces)
        return await append(pieces)

    monkeypatch.setattr(livetext, "append", noting)
    one, two = asyncio.Event(), asyncio.Event()
    model.add(*texts("One"), one, *texts(" two"), two, *texts(" three"), DONE)
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: seen_text(broadcasts) == "One")
    one.set()
    await until(lambda: seen_text(broadcasts) == "One two")
    live = await in_database(livetext.read, UUID(broadcasts[1]["data"]["message"]["id"]))
    assert live == livetext.LiveText(1, 1, "One two")
    two.set()
    await task
    assert kept[:2] == [0, 1]


async def test_a_stop_in_mid_stream_keeps_the_text_and_lets_the_provider_go(
    runner: Runner,
    model: ScriptedModel,
    turn: Turn,
    broadcasts: list[Json],
    studio: Workshop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the nudge: the heartbeat notices nothing here."""
    monkeypatch.setattr(turns, "renew", lambda worker, ids: {turn.pk})
    await until(lambda: dict(redis_clients.blocking().pubsub_numsub(STOP_CHANNEL))[STOP_CHANNEL] > 0)
    stalled = asyncio.Event()
    step = model.add(*texts("One", " two"), stalled, *texts(" three"), DONE)
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: seen_text(broadcasts) == "One two")
    answer = await in_database(studio.bob.command, studio.id, "turn.stop", turn_id=str(turn.pk))
    assert answer.status == 200
    async with asyncio.timeout(20):
        await task
        await step.was_closed.wait()
    message = await in_database(message_of, turn)
    assert (message.text, message.state, turn.state) == ("One two", "stopped", "stopped")
    assert turn.error_message == "Stopped by Bob."
    assert [e["type"] for e in broadcasts].count("message.finished") == 1


async def test_a_stop_while_it_thinks_makes_no_message(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker hears neither nudge nor heartbeat, and is fenced off at its first text."""
    monkeypatch.setattr(runner, "_fence_off", lambda turn_id: None)
    go_on = asyncio.Event()
    step = model.add(go_on, *texts("One"), asyncio.Event())
    task = asyncio.create_task(runner.run(turn.pk))
    async with asyncio.timeout(20):
        await step.reached.wait()
        assert await in_database(turns.stop, turn.pk, turns.WORKER_LOST)
        go_on.set()
        await task
    assert step.was_closed.is_set()
    await in_database(turn.refresh_from_db)
    assert (turn.state, turn.message_id) == ("stopped", None)
    assert {e["type"] for e in broadcasts} == {"turn.changed"}


async def test_a_turn_taken_away_is_noticed_by_the_heartbeat(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json]
) -> None:
    step = model.add(*texts("One"), asyncio.Event())
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: seen_text(broadcasts) == "One")

    def expire() -> bool:
        lose_lease(turn)
        return turns.expire(turn.pk)

    # The heartbeat may renew the lease in between.
    async with asyncio.timeout(20):
        while not await in_database(expire):
            pass
        await task
    assert step.was_closed.is_set()
    message = await in_database(message_of, turn)
    assert (message.text, message.state, turn.error_code) == ("One", "failed", "worker_lost")


async def test_a_turn_sent_twice_runs_once(runner: Runner, model: ScriptedModel, turn: Turn) -> None:
    model.add(*texts("One"), DONE)
    await asyncio.gather(runner.run(turn.pk), runner.run(turn.pk))
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "One"
    assert turn.fence == 1


async def test_without_redis_a_reply_is_whole_all_the_same(
    runner: Runner, model: ScriptedModel, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(pieces: list[livetext.Piece]) -> list[livetext.AppendResult]:
        raise ConnectionError

    monkeypatch.setattr(livetext, "append", away)
    model.add(*texts("One", " two"), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "One two"


async def test_long_text_is_checkpointed_on_the_way(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json], settings: Settings
) -> None:
    settings.LLM_CHECKPOINT_CHARACTERS = 10
    stalled = asyncio.Event()
    model.add(*texts("One"), *texts(" two three four"), stalled, DONE)
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: len(deltas(broadcasts)) == 1)
    async with asyncio.timeout(20):
        while (await in_database(message_of, turn)).text != "One two three four":
            pass  # each look is a query
    assert (await in_database(message_of, turn)).state == "streaming"
    stalled.set()
    await task
