"""What nobody should send, and what comes of it, through real processes.

The cases are numbered as in docs/failures.md.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.stack.client import CommandRefusedError, Room
from tests.stack.meeting import ended, meeting
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.tool_calls import using

pytestmark = pytest.mark.stack

BROKEN = '{"names": ["Bo"'


async def asked_of_two_models(hers: Room, his: Room) -> dict[str, Any]:
    """Ada's turn, for which one model is asked and then another."""
    ada = hers.state.named("Ada")
    models: dict[str, Any] = {"model": "scripted/owl", "fallbacks": ["scripted/parrot"]}
    await hers.command("persona.edit", participant_id=ada["id"], **models)
    await hers.post("@Ada, hello?")
    [turn] = await his.wait(ended("Ada", "done"), "Ada's reply")
    return dict(turn)


async def test_b01_a_persona_named_like_the_beginning_of_another(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(text="The longer one.", user="You are Adalbert"),
        Step(text="The shorter one.", user="You are Ada\\."),
    )
    async with meeting(stack, "Ada") as (hers, his):
        await hers.command("persona.add", name="Adalbert", prompt="You are Adalbert.")
        await his.post("@Adalbert, what is your name?")
        await his.wait(ended("Adalbert", "done"), "Adalbert's reply")
        assert his.state.turns_of("Ada") == []
        await his.post("And yours, @Ada?")
        await his.wait(ended("Ada", "done"), "Ada's reply")
        assert len(his.state.turns_of("Adalbert")) == 1
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_b02_a_prompt_of_200_kilobytes(stack: Stack) -> None:
    stack.provider.reset()
    async with meeting(stack, "Ada") as (hers, _):
        before = hers.state.comparable()
        with pytest.raises(CommandRefusedError) as refused:
            await hers.command("persona.add", name="Grace", prompt="So be it. " * 20_000)
        assert refused.value.code in {"invalid", "too_large"}
        assert hers.state.comparable() == before
        # The connection lives, and so does everything else.
        await hers.command("persona.add", name="Grace", prompt="So be it.")


async def test_b03_a_tool_call_with_broken_json(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(
        using("mention", BROKEN, user="You are Ada"), Step(text="Then without: hello.", user="")
    )
    async with meeting(stack, "Ada", "Bo") as (hers, his):
        await hers.post("@Ada, hello?")
        await his.wait(ended("Ada", "done"), "Ada's reply")
        assert [m["text"] for m in his.state.messages_of("Ada")] == ["Then without: hello."]
        assert his.state.turns_of("Bo") == []
        told = stack.provider.calls()[-1]["body"]["messages"][-1]
        assert (told["role"], "not valid JSON" in told["content"]) == ("tool", True)
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_b04_broken_json_twice(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(using("mention", BROKEN, times=2))
    async with meeting(stack, "Ada", "Bo") as (hers, his):
        await hers.post("@Ada, hello?")
        [turn] = await his.wait(ended("Ada", "failed"), "the failure")
        assert turn["error"]["code"] == "bad_tool_call"
        assert his.state.messages_of("Ada") == []


async def test_b05_nothing_but_a_tool_call(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(using("opt_out", '{"reason": "All is said."}', user="You are"))
    async with meeting(stack, "Ada") as (hers, his):
        await hers.post("Anything else, @all?")
        [turn] = await his.wait(ended("Ada", "passed"), "the pass")
        assert turn["error"]["message"] == "All is said."
        assert his.state.messages_of("Ada") == []


@pytest.mark.parametrize("text", ["", " \n\t "], ids=["nothing", "white space"])
async def test_b06_nothing(stack: Stack, text: str) -> None:
    stack.provider.reset()
    stack.provider.script(Step(chunks=[text]))
    async with meeting(stack, "Ada") as (hers, his):
        await hers.post("@Ada, hello?")
        [turn] = await his.wait(ended("Ada", "failed"), "the failure")
        assert turn["error"]["code"] == "empty"
        assert his.state.messages_of("Ada") == []


async def test_b07_nothing_and_somebody_to_fall_back_on(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(Step(chunks=[""], model="owl"), Step(text="Here I am.", model="parrot"))
    async with meeting(stack, "Ada") as (hers, his):
        turn = await asked_of_two_models(hers, his)
        assert [m["text"] for m in his.state.messages_of("Ada")] == ["Here I am."]
        failed = [(one["model"], one["code"]) for one in turn["failed_models"]]
        assert failed == [("scripted/owl", "empty")]
        assert turn["model"] == "scripted/parrot"
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_b08_an_answer_as_somebody_else(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(Step(chunks=["Bo", "b: I ", "agree with Ada.\n"]))
    async with meeting(stack, "Ada") as (hers, his):
        await hers.post("@Ada, hello?")
        [turn] = await his.wait(ended("Ada", "failed"), "the failure")
        assert turn["error"]["code"] == "spoke_for_other"
        assert his.state.messages_of("Ada") == []
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_b09_an_answer_as_somebody_else_and_somebody_to_fall_back_on(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(chunks=["**Bob:** I agree."], model="owl"), Step(text="I am Ada.", model="parrot")
    )
    async with meeting(stack, "Ada") as (hers, his):
        turn = await asked_of_two_models(hers, his)
        assert [m["text"] for m in his.state.messages_of("Ada")] == ["I am Ada."]
        failed = [(one["model"], one["code"]) for one in turn["failed_models"]]
        assert failed == [("scripted/owl", "spoke_for_other")]
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}
