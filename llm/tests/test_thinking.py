"""What a persona thinks: watched live, kept at every kind of end, never given to another."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from llm import turns
from llm.context.render import render
from llm.context.view import view_for
from llm.gateway.errors import GatewayError
from llm.gateway.types import Finished, ThinkingChunk, Usage
from llm.models import Thinking, Turn, UsageEntry
from llm.runner import Runner
from llm.tests.helpers import called, lose_lease, message_of, running
from llm.tests.scripted import DONE, ScriptedModel, seen_text, texts
from llm.thinking.text import CHARACTERS
from rooms import livetext
from rooms.database import in_database
from rooms.tests.people import Answer, Json, Person, Workshop
from rooms.tests.tasks import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def thoughts(broadcasts: list[Json]) -> list[Json]:
    return [t for e in broadcasts if e["type"] == "turn.progress" for t in e["data"]["thoughts"]]


def thinking(*parts: str) -> list[Any]:
    return [ThinkingChunk(part) for part in parts]


def opened(person: Person, studio: Workshop, turn: Turn) -> Answer:
    return person.get(f"/api/rooms/{studio.id}/turns/{turn.pk}/thinking/")


def shape_of(studio: Workshop, turn: Turn) -> Json:
    return next(t for t in studio.bob.snapshot(studio.id)["turns"] if t["id"] == str(turn.pk))


@pytest.mark.parametrize(
    "chunks",
    [[*thinking("Hm, ", "tulips."), *texts("Plant")], texts("<thi", "nk>Hm, tulips.</th", "ink>\n\nPlant")],
    ids=["by the provider", "in the text"],
)
async def test_it_is_kept_apart_from_the_text(
    runner: Runner,
    model: ScriptedModel,
    turn: Turn,
    studio: Workshop,
    broadcasts: list[Json],
    chunks: list[Any],
) -> None:
    model.add(*chunks, *texts(" some."), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "Plant some."
    assert seen_text(broadcasts).startswith("Plant")
    shape = await in_database(shape_of, studio, turn)
    assert shape["state"] == "done"
    assert shape["thought_seconds"] >= 1
    # Known with the first text already.
    began = [e["data"]["turn"] for e in broadcasts if e["type"] == "turn.changed"][1]
    assert (began["state"], began["thought_seconds"]) == ("running", shape["thought_seconds"])
    for person in (studio.alice, studio.bob):
        answer = await in_database(opened, person, studio, turn)
        assert (answer.status, answer.body["text"]) == (200, "Hm, tulips.")
    assert (await in_database(opened, studio.carol, studio, turn)).code == "not_found"


async def test_it_is_watched_live_by_who_comes_early_and_late(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop, broadcasts: list[Json]
) -> None:
    more, end = asyncio.Event(), asyncio.Event()
    model.add(*thinking("One"), more, *thinking(" two", " three"), end, *texts("Yes"), DONE)
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: len(thoughts(broadcasts)) == 1)
    assert (await in_database(opened, studio.carol, studio, turn)).code == "not_found"
    late = (await in_database(opened, studio.bob, studio, turn)).body
    assert late == {"turn_id": str(turn.pk), "fence": 1, "index": 0, "text": "One"}
    more.set()
    await until(lambda: "".join(t["text"] for t in thoughts(broadcasts)) == "One two three")
    assert [t["index"] for t in thoughts(broadcasts)] == list(range(len(thoughts(broadcasts))))
    assert not [e for e in broadcasts if e["type"] == "message.posted"]
    end.set()
    await task


async def test_a_tick_is_one_frame_whatever_the_tokens(
    runner: Runner, model: ScriptedModel, turn: Turn, broadcasts: list[Json], settings: Settings
) -> None:
    settings.LLM_PROGRESS_SECONDS = 0.05
    stop = asyncio.Event()
    model.add(*thinking(*(f"{number} " for number in range(500))), stop, *texts("Yes"), DONE)
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: len(thoughts(broadcasts)) == 1)
    assert thoughts(broadcasts)[0]["text"].endswith("499 ")
    stop.set()
    await task


async def test_what_is_told_and_kept_is_bounded(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop, broadcasts: list[Json]
) -> None:
    stop = asyncio.Event()
    model.add(*thinking(*["word " * 1_000] * 10), stop, *texts("Yes"), DONE)
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: sum(len(t["text"]) for t in thoughts(broadcasts)) == CHARACTERS)
    stop.set()
    await task
    assert "[…]" in (await in_database(opened, studio.bob, studio, turn)).body["text"]
    assert sum(len(t["text"]) for t in thoughts(broadcasts)) == CHARACTERS


async def test_a_stop_while_it_thinks_keeps_what_was_thought(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop, broadcasts: list[Json]
) -> None:
    step = model.add(*thinking("Hm, tulips"), asyncio.Event())
    task = asyncio.create_task(runner.run(turn.pk))
    await until(lambda: len(thoughts(broadcasts)) == 1)
    stop = await in_database(studio.bob.command, studio.id, "turn.stop", turn_id=str(turn.pk))
    assert stop.status == 200
    async with asyncio.timeout(20):
        await task
    assert step.was_closed.is_set()
    shape = await in_database(shape_of, studio, turn)
    assert (shape["state"], shape["message_id"]) == ("stopped", None)
    assert shape["thought_seconds"] >= 1
    assert (await in_database(opened, studio.bob, studio, turn)).body["text"] == "Hm, tulips"
    # Something was spent, nobody knows how much.
    assert (await in_database(UsageEntry.objects.get, turn=turn)).output_tokens is None


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (DONE, "empty"),
        (Finished("length", Usage()), "length"),
        (GatewayError("timeout"), "timeout"),
    ],
)
async def test_thinking_without_a_word_is_a_failure_that_keeps_it(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop, end: Any, code: str
) -> None:
    model.add(*thinking("Hm"), *texts(" \n"), end)
    await runner.run(turn.pk)
    shape = await in_database(shape_of, studio, turn)
    assert (shape["state"], shape["message_id"], shape["error"]["code"]) == ("failed", None, code)
    assert (await in_database(opened, studio.bob, studio, turn)).body["text"] == "Hm"


def test_a_lost_worker_leaves_what_it_told(studio: Workshop) -> None:
    turn = running(studio)
    asyncio.run(livetext.append([livetext.Piece(turn.pk, turn.fence, 0, "Hm", "Hm")]))
    lose_lease(turn)
    assert turns.expire(turn.pk)
    assert Thinking.objects.get(turn=turn).text == "Hm"
    late = livetext.Piece(turn.pk, turn.fence, 1, "!", "Hm!")
    assert asyncio.run(livetext.append([late])) == ["fenced"]


def test_a_turn_that_showed_none_has_none(studio: Workshop) -> None:
    turn = running(studio)
    assert turns.begin(turn, uuid4(), "One")
    assert opened(studio.bob, studio, turn).code == "not_found"
    assert turns.stop(turn.pk, turns.WORKER_LOST)
    assert shape_of(studio, turn)["thought_seconds"] is None
    assert opened(studio.bob, studio, turn).code == "not_found"
    other = studio.bob.create_room("Other").body["room_id"]
    real = studio.bob.get(f"/api/rooms/{other}/turns/{turn.pk}/thinking/")
    assert real.code == "not_found"
    assert real == studio.bob.get(f"/api/rooms/{other}/turns/{uuid4()}/thinking/")


def test_thinking_lost_with_redis_is_not_offered(studio: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = running(studio)
    assert turns.begin(turn, uuid4(), "One", thought_seconds=3)
    monkeypatch.setattr(livetext, "seal", lambda *_: None)
    assert turns.stop(turn.pk, turns.WORKER_LOST)
    assert shape_of(studio, turn)["thought_seconds"] is None


async def test_it_is_never_given_to_a_persona(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*thinking("SECRET one"), *texts("<think>SECRET two</think>Plant some."), DONE)
    await runner.run(turn.pk)

    def given(text: str) -> str:
        claimed = turns.claim(called(studio, text).pk, uuid4())
        assert claimed is not None
        return "".join(message.content for message in render(view_for(claimed)).messages)

    for text in ("@Bo and you?", "@Ada and now?"):
        content = await in_database(given, text)
        assert "Plant some." in content
        assert "SECRET" not in content
