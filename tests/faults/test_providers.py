"""FAULTS.md: every way in which a provider fails.

Each is one sentence in the room with its code, keeps the text there was, is asked about no
more often than the retry policy says (twice where nothing had come and it may pass, else
once), and Retry works.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest

from tests.conftest import Brittle
from tests.faults.conftest import Measured
from tests.faults.invariants import assert_whole
from tests.faults.moments import promised
from tests.stack.meeting import ended, meeting
from tests.stack.scripted_steps import Step
from tests.stack.tool_calls import frames_using

pytestmark = pytest.mark.stack

NEXT_MESSAGE = 1.0
HALF = "One two"


@dataclass(frozen=True)
class Case:
    """`kept` is what stays of the reply."""

    name: str
    code: str
    step: dict[str, Any] = field(default_factory=dict)
    calls: int = 1
    kept: str = ""


def refusal(status: int, code: str | None = None) -> dict[str, Any]:
    return {"status": status, "error": {"message": "No.", "type": "error", "code": code}}


def half(ending: str, **more: Any) -> dict[str, Any]:
    return {"text": HALF, "ending": ending, **more}


BUSY = {"code": "server_error", "message": "Busy."}
CASES = [
    Case("401", "auth", refusal(401)),
    Case("402", "quota", refusal(402)),
    Case("403", "auth", refusal(403)),
    Case("404", "model_unknown", refusal(404)),
    Case("429", "rate_limit", refusal(429), calls=2),
    Case("429, come back later", "rate_limit", refusal(429) | {"headers": {"Retry-After": "60"}}),
    Case("insufficient quota", "quota", refusal(429, "insufficient_quota")),
    Case("500", "unavailable", refusal(500), calls=2),
    Case("503", "unavailable", refusal(503), calls=2),
    Case("cut before any text", "unavailable", {"ending": "cut"}, calls=2),
    Case("cut mid-stream", "truncated", half("cut"), kept=HALF),
    Case("stall before any text", "timeout", {"ending": "stall"}, calls=2),
    Case("stall", "timeout", half("stall"), kept=HALF),
    Case("error frame before any text", "unavailable", {"ending": "error_frame", "error": BUSY}, calls=2),
    Case("error frame", "unavailable", half("error_frame", error=BUSY), kept=HALF),
    Case("clean early end before any text", "truncated", {"ending": "end"}, calls=2),
    Case("clean early end", "truncated", half("end"), kept=HALF),
    Case("garbage", "truncated", half("garbage"), kept=HALF),
    Case("context overflow", "context_window", refusal(400, "context_length_exceeded")),
    Case("policy refusal", "content_policy", refusal(400, "content_policy_violation")),
    Case("policy, in mid-stream", "content_policy", half("done", finish_reason="content_filter"), kept=HALF),
    # Told so once.
    Case(
        "unparsable tool call",
        "bad_tool_call",
        {"frames": frames_using("nobody", '{"a": '), "finish_reason": "tool_calls"},
        calls=2,
    ),
    Case("no end", "repetition", {"text": "Oh! " + "I am sorry. " * 1_500}, kept="Oh! I am sorry."),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_provider_failure(brittle: Brittle, case: Case, measured: Measured) -> None:
    provider = brittle.stack.provider
    provider.reset()
    provider.script(Step(**case.step, user="You are Ada", times=case.calls))
    async with meeting(brittle.stack, "Ada") as (hers, his):
        await hers.post("@Ada hello")
        [turn] = await his.wait(ended("Ada", "failed"), "the failure")
        began = monotonic()
        goes_on = await hers.post("Never mind.")
        await his.wait(lambda room: goes_on in room.messages, "the next message")
        took = monotonic() - began
        measured("the next message within 1 s", f"{took:.2f} s")
        assert took < promised(NEXT_MESSAGE)
        assert turn["error"]["code"] == case.code
        assert turn["error"]["message"].endswith(".")
        assert [m["text"].strip() for m in his.state.messages_of("Ada")] == ([case.kept] if case.kept else [])
        assert provider.verdict() == {"unexpected": 0, "unused": 0}, "as many calls as the policy says"
        await retry(brittle, his, turn)
    assert len(provider.calls()) == case.calls + 1


async def test_provider_refuses_the_connection(brittle: Brittle) -> None:
    brittle.stack.provider.reset()
    async with meeting(brittle.stack, "Ada") as (hers, his):
        brittle.proxy.refuse()
        try:
            await hers.post("@Ada hello")
            [turn] = await his.wait(ended("Ada", "failed"), "the failure")
        finally:
            brittle.proxy.restore()
        assert turn["error"]["code"] == "unavailable"
        await retry(brittle, his, turn)


async def test_provider_is_back_at_the_second_call(brittle: Brittle) -> None:
    """Nobody in the room notices, and both calls are accounted for."""
    provider = brittle.stack.provider
    provider.reset()
    provider.script(Step(status=503, user="You are Ada"), Step(text="Here I am.", user="You are Ada"))
    async with meeting(brittle.stack, "Ada") as (hers, his):
        await hers.post("@Ada hello")
        await his.wait(ended("Ada", "done"), "the reply")
        assert [m["text"] for m in his.state.messages_of("Ada")] == ["Here I am."]
        await assert_whole(brittle.stack, his)
    assert len(provider.calls()) == 2


async def retry(brittle: Brittle, room: Any, turn: Any) -> None:
    """Asked for again, it answers, and all is whole."""
    brittle.stack.provider.script(Step(text="Again.", user="You are Ada"))
    await room.command("turn.retry", turn_id=turn["id"])
    await room.wait(ended("Ada", "done"), "the retry")
    assert room.state.messages_of("Ada")[-1]["text"] == "Again."
    assert len([turn for turn in room.state.turns_of("Ada") if turn["state"] == "failed"]) == 1
    await assert_whole(brittle.stack, room)
