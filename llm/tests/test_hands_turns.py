"""The tool that raises a hand, as workers run it. The numbers are those of docs/tools.md."""

from __future__ import annotations

import pytest

from llm.dispatch import dispatch_room
from llm.models import Turn
from llm.runner import Runner
from llm.runs.driver import advance
from llm.tests.helpers import message_of
from llm.tests.run_helpers import open_turn, start
from llm.tests.scripted import DONE, ScriptedModel, calls, texts
from llm.tools import abilities
from rooms.database import in_database
from rooms.tests.people import Json, Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def hand(line: str = "The roof\nleaks, <i>too</i>.") -> tuple[str, Json | str]:
    return ("raise_hand", {"line": line})


def lines(studio: Workshop) -> list[str]:
    return [shown["line"] for shown in studio.bob.snapshot(studio.id)["hands"]]


async def begun(studio: Workshop, mode: str = "round_robin") -> Turn:
    await in_database(start, studio, mode)
    return await in_database(open_turn, studio, "Ada")


async def test_a_hand_by_tool_needs_no_further_word(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    turn = await begun(studio)
    model.add(*texts("First, the door."), *calls(hand()))
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "First, the door."
    assert await in_database(lines, studio) == ["The roof leaks, <i>too</i>."]
    # It stays up behind its own turn, and while the next one speaks.
    assert turn.run_id is not None
    await in_database(advance, turn.run_id)
    assert await in_database(lines, studio) == ["The roof leaks, <i>too</i>."]


async def test_a_hand_before_a_word_still_wants_the_message(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    turn = await begun(studio)
    model.add(*calls(hand()))
    model.add(*texts("First, the door."), DONE)
    await runner.run(turn.pk)
    assert "Now write your message." in model.requests[1].messages[-1].content
    assert (await in_database(message_of, turn)).text == "First, the door."


async def test_without_tools_a_hand_is_a_line_that_nobody_sees(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    turn = await begun(studio)
    await in_database(abilities.learn, turn.model, has_tools=False)
    model.add(*texts("First, the door.\n[[ha", "nd: The roof leaks.]]"), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text.strip() == "First, the door."
    assert await in_database(lines, studio) == ["The roof leaks."]


@pytest.mark.parametrize("mode", ["council", None], ids=["sealed", "no-run"])
async def test_a_hand_where_there_is_none_to_raise_is_told_to_the_model(
    studio: Workshop, runner: Runner, model: ScriptedModel, mode: str | None
) -> None:
    if mode is None:
        turn = await in_database(_called, studio)
    else:
        turn = await begun(studio, mode)
    model.add(*texts("The door."), *calls(hand()))
    model.add(*texts("That is all."), DONE)
    await runner.run(turn.pk)
    assert await in_database(lines, studio) == []
    assert model.requests[1].messages[-1].role == "tool"


def _called(studio: Workshop) -> Turn:
    studio.bob.say(studio.id, "@Ada hello")
    dispatch_room(studio.uuid)
    return Turn.objects.get(room=studio.uuid, participant__name="Ada")


async def test_a_hand_over_in_a_run_raises_the_others_hand(
    studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    turn = await begun(studio)
    model.add(
        *texts("First, the door."), *calls(("mention", {"names": ["Bo", "Bob"], "task": "how long it lasts"}))
    )
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert message.text == "First, the door.\n\n@Bo @Bob: how long it lasts"
    assert await in_database(dispatch_room, studio.uuid) == 0
    assert await in_database(lines, studio) == ["Ada asked: how long it lasts"]
