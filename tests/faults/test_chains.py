"""FAULTS.md: two personas told to mention each other for ever."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Brittle
from tests.faults.invariants import assert_whole
from tests.stack.meeting import ended, meeting
from tests.stack.scripted_steps import Step
from tests.stack.tool_calls import using

pytestmark = pytest.mark.stack

DEPTH = 4  # PARLEY_CHAIN_DEPTH


async def test_two_personas_that_mention_each_other_for_ever(brittle: Brittle) -> None:
    """The chain stops at its limit, the room is told why, and a person can go on."""
    provider = brittle.stack.provider
    provider.reset()
    to_bo, to_ada = json.dumps({"names": ["Bo"]}), json.dumps({"names": ["Ada"]})
    provider.script(
        using("mention", to_bo, text="What do you say, @Bo?", user="You are Ada", times=3),
        using("mention", to_ada, text="And you, @Ada?", user="You are Bo", times=2),
    )
    async with meeting(brittle.stack, "Ada", "Bo") as (hers, his):
        await hers.post("@Ada, talk with Bo until I say stop.")
        [refused] = await his.wait(ended("Bo", "blocked"), "the limit")
        assert refused["error"]["code"] == "depth_limit"
        assert refused["error"]["message"].endswith(".")
        assert refused["depth"] == DEPTH + 1
        assert len(his.state.messages_of("Ada")) + len(his.state.messages_of("Bo")) == DEPTH + 1
        assert provider.verdict() == {"unexpected": 0, "unused": 0}
        provider.script(Step(text="Gladly.", user="You are Bo"))
        await his.post("@Bo, go on.")
        await his.wait(
            lambda room: (
                [m for m in room.messages_of("Bo") if m["text"] == "Gladly."] and ended("Bo", "done")(room)
            ),
            "a reply to a person",
        )
        await assert_whole(brittle.stack, his)
