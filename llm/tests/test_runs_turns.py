"""A run's turns as workers run them: sealed ones, what they hand in, and a judge that makes no sense. The
numbers are those of docs/orchestration.md."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from llm.gateway.types import ThinkingChunk
from llm.models import SealedText, Thinking, ToolRecord, Turn
from llm.runner import Runner
from llm.runs.driver import advance
from llm.tests.run_helpers import ids, messages, open_turn, opened, run_shape, seat_more, start
from llm.tests.scripted import DONE, ScriptedModel, calls, texts
from llm.tools import abilities
from rooms.database import in_database
from rooms.tests.people import Json, Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

CHOICES = ["Monday", "Friday"]


def vote(choice: str, reason: str = "It is quiet.") -> tuple[str, Json]:
    return ("submit", {"choice": choice, "confidence": 80, "reason": reason})


async def begun(studio: Workshop, mode: str = "consensus", **spec: Any) -> UUID:
    def begin() -> UUID:
        seat_more(studio, "Cy")
        return start(studio, mode, **spec).pk

    return await in_database(begin)


async def speak(studio: Workshop, runner: Runner, name: str) -> Turn:
    """The persona's open turn is run, as a worker does it."""
    turn = await in_database(open_turn, studio, name)
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    return turn


async def test_a_sealed_turn_tells_nothing_but_that_it_is_in(
    studio: Workshop, runner: Runner, model: ScriptedModel, broadcasts: list[Json]
) -> None:
    """140"""
    run_id = await begun(studio, "council")
    model.add(ThinkingChunk("The parking lot."), *texts("The parking ", "lot is empty."), DONE)
    turn = await speak(studio, runner, "Ada")
    assert (turn.state, turn.message_id, turn.thought_seconds) == ("done", None, None)
    await in_database(advance, run_id)
    assert "parking" not in str(broadcasts)
    assert {"message.posted", "message.deltas", "turn.progress"} & {
        e["type"] for e in broadcasts[6:]
    } == set()
    assert await in_database(SealedText.objects.get, turn=turn) is not None
    assert not await in_database(Thinking.objects.filter(turn=turn).exists)
    ended = [e for e in broadcasts if e["type"] == "turn.changed"][-1]["data"]["turn"]
    assert (ended["state"], ended["run"]["is_sealed"]) == ("done", True)


async def test_what_is_handed_in_by_tool_needs_no_words(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    """141"""
    run_id = await begun(studio, choices=CHOICES)
    for name in ("Ada", "Bo", "Cy"):
        model.add(*calls(vote("friday")))
        await speak(studio, runner, name)
    await in_database(advance, run_id)
    shape = await in_database(run_shape, studio)
    assert shape["end"]["message"] == "3 of 3 agree on “Friday”."
    assert (await in_database(messages, studio))[-1] == "Cy: **Friday** (80 % sure). It is quiet."
    # What was voted stands in no record that members may look at.
    assert not await in_database(ToolRecord.objects.exclude(arguments="").exists)


async def test_without_tools_it_is_handed_in_by_a_line(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    """142"""
    await begun(studio, choices=CHOICES)
    turn = await in_database(open_turn, studio, "Ada")
    await in_database(abilities.learn, turn.model, has_tools=False)
    model.add(
        *texts("I like quiet days.\n[[submit choice: Friday; confidence: 70; reason: It is quiet.]]"), DONE
    )
    turn = await speak(studio, runner, "Ada")
    assert turn.answer is not None
    assert (turn.answer["choice"], turn.answer["confidence"]) == ("Friday", 70)
    assert (await in_database(SealedText.objects.get, turn=turn)).text == "I like quiet days."


async def test_nonsense_is_told_to_the_model_once_and_then_an_abstention(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    """143"""
    run_id = await begun(studio, choices=CHOICES)
    model.add(*calls(vote("Saturday")))
    model.add(*calls(vote("Sunday")))
    turn = await speak(studio, runner, "Ada")
    assert turn.state == "done"
    assert turn.answer is not None
    assert turn.answer["is_abstention"]
    asked = model.requests[1].messages[-1].content
    assert "choice has to be one of: Monday; Friday." in asked
    for name in ("Bo", "Cy"):
        model.add(*calls(vote("Friday")))
        await speak(studio, runner, name)
    await in_database(advance, run_id)
    # Two of three are two thirds; who abstained said nothing.
    assert (await in_database(run_shape, studio))["end"]["code"] == "consensus"
    assert len(await in_database(messages, studio)) == 3


async def test_a_turn_that_hands_in_nothing_is_asked_once_more(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    """144"""
    run_id = await begun(studio, choices=CHOICES)
    for name in ("Ada", "Bo"):
        model.add(*calls(vote(CHOICES[name == "Ada"])))
        await speak(studio, runner, name)
    for expected in (["Cy"], []):
        model.add(*texts("Hm."), DONE)
        await speak(studio, runner, "Cy")
        await in_database(advance, run_id)
        assert await in_database(opened, studio) == (expected or ["Ada", "Bo", "Cy"])


async def test_a_judge_that_answers_nonsense_gives_no_verdict(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    """145"""
    cast = await in_database(ids, studio, "Ada", "Bo")
    run_id = await begun(studio, "debate", rounds=1, cast_ids=cast)
    for name in ("Ada", "Bo", "Ada", "Bo"):
        model.add(*texts(f"{name} says so."), DONE)
        await speak(studio, runner, name)
        await in_database(advance, run_id)
    assert await in_database(opened, studio) == ["Cy", "Cy"]
    for _ in range(2):
        model.add(*calls(("submit", {"choice": "the moon"})))
        model.add(*calls(("submit", {"choice": "the sun"})))
        await speak(studio, runner, "Cy")
        await in_database(advance, run_id)
    shape = await in_database(run_shape, studio)
    assert shape["end"]["message"] == "The judge has not given two verdicts, so that there is none."
    assert not shape["outcome"]["is_decided"]


async def test_the_judge_reads_the_debate_through_letters_alone(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    """146"""
    cast = await in_database(ids, studio, "Ada", "Bo")
    run_id = await begun(studio, "debate", rounds=1, cast_ids=cast)
    for name, thing in (("Ada", "door"), ("Bo", "roof")) * 2:
        model.add(*texts(f"{name} is for the {thing}."), DONE)
        await speak(studio, runner, name)
        await in_database(advance, run_id)
    for _ in range(2):
        model.add(*calls(("submit", {"choice": "Side A"})))
        await speak(studio, runner, "Cy")
    shown = ["".join(message.content for message in request.messages) for request in model.requests[-2:]]
    for prompt in shown:
        assert "Ada is for" not in prompt
        assert prompt.count("for the door.") == prompt.count("for the roof.") == 2
        # Of the two sides the first is always A.
        assert prompt.index("Side A is for") < prompt.index("Side B is for")
    order = [prompt.index("for the door.") < prompt.index("for the roof.") for prompt in shown]
    assert set(order) == {True, False}


async def test_a_stop_in_the_middle_of_a_sealed_reply_ends_it(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    """147"""
    run_id = await begun(studio, "council")
    go_on = asyncio.Event()
    step = model.add(*texts("The parking lot "), go_on)
    turn = await in_database(open_turn, studio, "Ada")
    task = asyncio.create_task(runner.run(turn.pk))
    await step.reached.wait()

    def stop() -> None:
        assert studio.bob.command(studio.id, "run.stop", run_id=str(run_id)).status == 200

    await in_database(stop)
    await task
    await in_database(turn.refresh_from_db)
    assert turn.state == "stopped"
    assert await in_database(opened, studio) == []
    assert len(await in_database(messages, studio)) == 1


async def test_what_is_no_runs_turn_has_nothing_to_hand_in(
    studio: Workshop, runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    """148"""
    model.add(*calls(vote("Friday")))
    model.add(*texts("Hello."), DONE)
    await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (turn.state, turn.answer) == ("done", None)
    assert "Nothing is to be handed in" in model.requests[1].messages[-1].content
