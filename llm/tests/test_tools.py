"""What a persona's tools do in a turn. The cases are numbered in docs/tools.md."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import OperationalError

from llm import patience, speaking
from llm.actions import stop_turn
from llm.gateway.errors import GatewayError
from llm.gateway.types import Finished, Usage
from llm.models import ToolAbility, ToolRecord, Turn, UsageEntry
from llm.runner import Runner
from llm.tests.helpers import called, dispatched, message_of, seat
from llm.tests.scripted import DONE, ScriptedModel, calls, seen_text, texts
from llm.tools import abilities, execution
from llm.tools.registry import by_name
from rooms.access import Seat
from rooms.database import in_database
from rooms.models import Message, Participant
from rooms.tests.people import Json, Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

PASS = ("opt_out", {"reason": "Bo has said it."})


def to_bo(task: str = "") -> tuple[str, Json | str]:
    return ("mention", {"names": ["Bo"], "task": task})


@pytest.fixture
def unasked(studio: Workshop) -> Turn:
    """A turn of Ada's that nobody asked for by name."""
    studio.bob.say(studio.id, "What do you think, @all?")
    return next(turn for turn in dispatched(studio) if turn.participant.name == "Ada")


async def without_tools(turn: Turn) -> None:
    await in_database(abilities.learn, turn.model, has_tools=False)


async def ended(turn: Turn) -> Turn:
    await in_database(turn.refresh_from_db)
    return turn


async def handed_over(studio: Workshop) -> list[Turn]:
    turns = await in_database(dispatched, studio)
    return [turn for turn in turns if turn.cause == Turn.Cause.HANDOVER]


async def test_a_pass_leaves_its_reason_and_no_message(
    runner: Runner, model: ScriptedModel, unasked: Turn, broadcasts: list[Json]
) -> None:
    model.add(*calls(PASS))
    await runner.run(unasked.pk)
    turn = await ended(unasked)
    assert (turn.state, turn.error_code, turn.error_message) == ("passed", "opt_out", "Bo has said it.")
    assert not await in_database(Message.objects.filter(turn_id=turn.pk).exists)
    assert "message.posted" not in [event["type"] for event in broadcasts]
    assert await in_database(UsageEntry.objects.filter(turn=turn).count) == 1
    assert [tool.name for tool in model.requests[0].tools] == list(by_name())


async def test_a_pass_without_a_reason_gets_one(runner: Runner, model: ScriptedModel, unasked: Turn) -> None:
    model.add(*calls(("opt_out", "")))
    await runner.run(unasked.pk)
    assert (await ended(unasked)).error_message == "It had nothing to add."


async def test_who_was_asked_by_name_is_told_to_answer(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(*calls(PASS))
    model.add(*texts("Well then."), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "Well then."
    asked, told = model.requests[1].messages[-2:]
    assert [call.name for call in asked.tool_calls] == ["opt_out"]
    assert (told.role, told.tool_call_id) == ("tool", "call-0")
    assert "can't pass" in told.content
    used = await in_database(lambda: list(UsageEntry.objects.filter(turn=turn).order_by("attempt")))
    assert [entry.output_tokens for entry in used] == [7, 7], "each call is recorded"


async def test_who_insists_on_passing_passes(runner: Runner, model: ScriptedModel, turn: Turn) -> None:
    model.add(*calls(PASS))
    model.add(*calls(("opt_out", {"reason": "Really."})))
    await runner.run(turn.pk)
    assert ((await ended(turn)).state, turn.error_message) == ("passed", "Really.")


async def test_a_pass_after_text_is_void(runner: Runner, model: ScriptedModel, unasked: Turn) -> None:
    model.add(*texts("I agree."), *calls(PASS))
    await runner.run(unasked.pk)
    assert (await in_database(message_of, unasked)).text == "I agree."
    assert unasked.state == "done"


async def test_a_hand_over_by_tool_wakes_with_its_task(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*texts("Here is the plan."), *calls(to_bo("estimate what it costs")))
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert message.text == "Here is the plan.\n\n@Bo: estimate what it costs"
    [woken] = await handed_over(studio)
    assert (woken.participant.name, woken.trigger_message_id) == ("Bo", message.pk)
    assert turn.handovers == [{"participant_id": str(woken.participant_id), "task": "estimate what it costs"}]
    assert len(await handed_over(studio)) == 1, "however often it is decided"


async def test_who_is_named_in_the_text_already_gets_no_line(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*texts("Over to you, @Bo."), *calls(to_bo("go on")))
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "Over to you, @Bo."
    assert len(await handed_over(studio)) == 1


async def test_a_hand_over_alone_is_the_message(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*calls(to_bo("say whether this is safe")))
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "@Bo: say whether this is safe"
    assert len(await handed_over(studio)) == 1


async def test_a_hand_over_without_a_word_is_asked_for_one(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*calls(to_bo()))
    model.add(*texts("This is for somebody careful."), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "This is for somebody careful.\n\n@Bo"
    assert len(await handed_over(studio)) == 1


async def test_with_tools_a_name_in_the_text_wakes_nobody(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*texts("As @Bo said, no."), DONE)
    await runner.run(turn.pk)
    assert await handed_over(studio) == []


async def test_without_tools_a_name_in_the_text_wakes(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    await without_tools(turn)
    model.add(*texts("What does @Bo say?"), DONE)
    await runner.run(turn.pk)
    assert model.requests[0].tools == ()
    assert len(await handed_over(studio)) == 1


async def test_people_are_called_by_name_and_wake_nobody(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*texts("I need a decision."), *calls(("mention", {"names": "@bob", "task": "choose one"})))
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "I need a decision.\n\n@Bob: choose one"
    assert (turn.handovers, await handed_over(studio)) == ([], [])


@pytest.mark.parametrize("names", [["Nobody"], ["Ada"], ["Carol"]])
async def test_names_of_nobody_here_are_told_to_the_model(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop, names: list[str]
) -> None:
    """Itself and a stranger included."""
    model.add(*calls(("mention", {"names": names, "task": "look at it"})))
    model.add(*texts("Then I do it."), DONE)
    await runner.run(turn.pk)
    assert "Those who are: " in model.requests[1].messages[-1].content
    assert "Carol" not in model.requests[1].messages[-1].content
    assert (await in_database(message_of, turn)).text == "Then I do it."
    assert await handed_over(studio) == []


BROKEN: list[tuple[str, Json | str]] = [
    ("opt_out", '{"reason": "no'),
    ("opt_out", "[1]"),
    ("mention", {"names": []}),
    ("mention", {"task": "x"}),
    ("mention", "[" * 2_000),
    ("no_such_tool", {}),
    ("", ""),
]


@pytest.mark.parametrize("use", BROKEN, ids=str)
async def test_bad_arguments_are_told_to_the_model_once(
    runner: Runner, model: ScriptedModel, unasked: Turn, use: Any
) -> None:
    model.add(*calls(use))
    model.add(*texts("I say it instead."), DONE)
    await runner.run(unasked.pk)
    assert model.requests[1].messages[-1].role == "tool"
    assert (await in_database(message_of, unasked)).text == "I say it instead."


async def test_bad_arguments_twice_end_in_a_sentence(
    runner: Runner, model: ScriptedModel, unasked: Turn
) -> None:
    model.add(*calls(BROKEN[0]))
    model.add(*calls(BROKEN[1]))
    await runner.run(unasked.pk)
    turn = await ended(unasked)
    assert (turn.state, turn.error_code, turn.message_id) == ("failed", "bad_tool_call", None)
    assert turn.error_message == speaking.MISUSE.message


async def test_bad_arguments_after_text_keep_it(runner: Runner, model: ScriptedModel, unasked: Turn) -> None:
    model.add(*texts("One."), *calls(BROKEN[0]))
    model.add(*texts("Two."), *calls(BROKEN[0]))
    await runner.run(unasked.pk)
    assert (await in_database(message_of, unasked)).text == "One.\n\nTwo."
    assert unasked.state == "done"


async def test_a_model_that_only_uses_tools_ends_in_a_sentence(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    for _ in range(speaking.ROUNDS):
        model.add(*calls(("mention", {"names": ["Nobody"]})))
    await runner.run(turn.pk)
    assert "last use" in model.requests[-1].messages[-1].content
    assert ((await ended(turn)).state, turn.error_code, turn.message_id) == ("failed", "only_tools", None)
    assert await in_database(UsageEntry.objects.filter(turn=turn).count) == speaking.ROUNDS


async def test_a_model_that_never_says_more_than_a_name_has_said_the_name(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*calls(to_bo()))
    model.add(*calls(to_bo()))
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "@Bo"
    assert len(await handed_over(studio)) == 1


async def test_an_answer_cut_in_a_call_does_not_make_it(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    *pieces, last = calls(to_bo("estimate"))
    assert isinstance(last, Finished)
    model.add(*texts("One."), *pieces, Finished("length", last.usage, last.tool_calls))
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.text, message.error_code) == ("One.", "length")
    assert not await in_database(ToolRecord.objects.filter(turn=turn).exists)


async def test_a_failed_second_call_is_made_again_and_its_tools_are_not(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*texts("One."), *calls(("mention", {"names": ["Nobody"]})))
    model.add(GatewayError("unavailable"))
    model.add(*texts("Two."), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "One.\n\nTwo."
    assert await in_database(ToolRecord.objects.filter(turn=turn).count) == 1
    assert await in_database(UsageEntry.objects.filter(turn=turn).count) == 2


async def test_a_use_is_done_once_where_the_database_goes_away(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Committed, and the worker never learnt of it."""
    monkeypatch.setattr(patience, "PAUSES", (0.0, 0.0))
    use, answers = execution.use_tool, []

    def losing_its_answer(*args: Any, **kwargs: Any) -> Any:
        answers.append(use(*args, **kwargs))
        if len(answers) == 1:
            raise OperationalError
        return answers[-1]

    monkeypatch.setattr(speaking, "use_tool", losing_its_answer)
    model.add(*calls(to_bo("look")))
    await runner.run(turn.pk)
    assert answers[0] == answers[1]
    assert await in_database(ToolRecord.objects.filter(turn=turn).count) == 1
    assert len(await handed_over(studio)) == 1


async def test_a_stopped_turn_uses_no_tool_any_more(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker has not heard of the stop yet."""
    use = execution.use_tool
    bob = await in_database(seat, studio, "Bob")

    def stopped_first(*args: Any, **kwargs: Any) -> Any:
        stop_turn(by=Seat(turn.room, bob), turn_id=turn.pk)
        return use(*args, **kwargs)

    monkeypatch.setattr(speaking, "use_tool", stopped_first)
    model.add(*texts("One."), *calls(to_bo("look")))
    await runner.run(turn.pk)
    assert (await ended(turn)).state == "stopped"
    assert not await in_database(ToolRecord.objects.filter(turn=turn).exists)
    assert await handed_over(studio) == []


async def test_a_stop_between_the_calls_keeps_the_text(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    bob = await in_database(seat, studio, "Bob")
    room = await in_database(lambda: turn.room)
    model.add(*texts("One."), *calls(("mention", {"names": ["Nobody"]})))
    step = model.add(asyncio.Event())
    running = asyncio.create_task(runner.run(turn.pk))
    await step.reached.wait()
    await in_database(stop_turn, by=Seat(room, bob), turn_id=turn.pk)
    await running
    message = await in_database(message_of, turn)
    assert (message.text, message.state, turn.state) == ("One.", "stopped", "stopped")
    first, second = await in_database(lambda: list(UsageEntry.objects.filter(turn=turn).order_by("attempt")))
    assert (first.input_tokens, second.input_tokens) == (DONE.usage.input_tokens, None), "cut off, not told"
    assert second.counted_tokens > 0


async def test_a_model_without_tools_goes_on_without_them_and_is_remembered(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(GatewayError("tools_unsupported"))
    model.add(*texts("One."), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "One."
    with_tools, without = model.requests
    assert (bool(with_tools.tools), bool(without.tools)) == (True, False)
    assert "call the tool" not in without.messages[0].content
    ability = await in_database(ToolAbility.objects.get, model=turn.model)
    assert not ability.has_tools
    again = await in_database(called, studio)
    model.add(*texts("Two."), DONE)
    await runner.run(again.pk)
    assert model.requests[-1].tools == ()


async def test_a_failure_that_had_nothing_to_do_with_tools_is_not_remembered(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    model.add(GatewayError("tools_unsupported", usage=Usage(5, 0)))
    model.add(GatewayError("bad_request"))
    await runner.run(turn.pk)
    assert ((await ended(turn)).state, turn.error_code) == ("failed", "bad_request")
    assert not await in_database(ToolAbility.objects.exists)


async def test_what_cannot_be_stored_is_cleaned(runner: Runner, model: ScriptedModel, unasked: Turn) -> None:
    model.add(*calls(("opt_out", '{"reason": "no\\u0000 \\ud800", "more": 1}')))
    await runner.run(unasked.pk)
    assert (await ended(unasked)).error_message == "no\ufffd \ufffd"


async def test_a_persona_that_left_is_not_handed_over_to(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    bo = await in_database(seat, studio, "Bo")
    model.add(*texts("One."), *calls(to_bo("look")))
    await runner.run(turn.pk)
    await in_database(Participant.objects.filter(pk=bo.pk).update, left_at=turn.created_at)
    assert await handed_over(studio) == []


@pytest.mark.parametrize(
    "text", ["[[pass: Bo has said it.]]", "[[Pass]]", "\n[[pass : Bo has said it.", "[[pass:]] \n"]
)
async def test_without_tools_a_pass_is_written_and_not_shown(
    runner: Runner, model: ScriptedModel, unasked: Turn, broadcasts: list[Json], text: str
) -> None:
    await without_tools(unasked)
    model.add(*texts(*text), DONE)
    await runner.run(unasked.pk)
    turn = await ended(unasked)
    reason = "Bo has said it." if "said" in text else "It had nothing to add."
    assert (turn.state, turn.error_message) == ("passed", reason)
    assert "message.posted" not in [event["type"] for event in broadcasts]


async def test_without_tools_a_hand_over_is_written_and_not_shown(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop, broadcasts: list[Json]
) -> None:
    await without_tools(turn)
    model.add(*texts("The plan.\n\n[[men", "tion @Bo and @Bob: esti", "mate it]]"), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "The plan.\n\n@Bo @Bob: estimate it"
    assert "[[" not in seen_text(broadcasts)
    assert len(await handed_over(studio)) == 1
    assert [handover["task"] for handover in turn.handovers] == ["estimate it"]


async def test_without_tools_a_line_for_nobody_is_told_to_the_model(
    runner: Runner, model: ScriptedModel, turn: Turn
) -> None:
    await without_tools(turn)
    model.add(*texts("[[mention @Nobody: look]]"), DONE)
    model.add(*texts("I look myself."), DONE)
    await runner.run(turn.pk)
    assert [message.role for message in model.requests[1].messages[-2:]] == ["assistant", "user"]
    assert "Those who are: " in model.requests[1].messages[-1].content
    assert (await in_database(message_of, turn)).text == "I look myself."


async def test_with_tools_brackets_are_text(runner: Runner, model: ScriptedModel, turn: Turn) -> None:
    model.add(*texts("[[pass: x]]"), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "[[pass: x]]"
