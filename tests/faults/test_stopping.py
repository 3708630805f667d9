"""FAULTS.md: stop pressed in every phase of a reply."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest

from tests.conftest import Brittle
from tests.faults.conftest import Measured
from tests.faults.invariants import assert_whole, attempts_of
from tests.faults.moments import promised
from tests.stack.client import Room
from tests.stack.meeting import LONG, ended, meeting, streaming
from tests.stack.scripted_steps import Step
from tests.stack.state import RoomState
from tests.stack.waiting import until

pytestmark = pytest.mark.stack

STOPPED, CLOSED = 1.0, 2.0


def is_thinking(room: Room) -> Callable[[RoomState], bool]:
    return lambda _: any(frame["type"] == "turn.progress" for frame in room.frames)


async def stop(room: Room, *others: Room, measured: Measured) -> tuple[str, float]:
    """Stops Ada's open turn as everybody sees it; returns its id, and when it was asked."""
    [turn] = [turn for turn in room.state.turns_of("Ada") if turn["state"] in ("queued", "running")]
    began = monotonic()
    await room.command("turn.stop", turn_id=turn["id"])
    for watching in (room, *others):
        await watching.wait(
            lambda state: state.turns[turn["id"]]["state"] == "stopped" and ended("Ada", "stopped")(state),
            "the stop",
            seconds=promised(STOPPED),
        )
    measured("stopped within 1 s", f"{monotonic() - began:.2f} s")
    return turn["id"], began


@pytest.mark.parametrize(
    ("phase", "step"),
    [
        ("thinking", Step(thinking=[f"Hm {k}. " for k in range(400)], tokens_per_second=40, text="Never.")),
        ("streaming", Step(text=LONG, tokens_per_second=60)),
        ("stall", Step(text="One two three", ending="stall")),
        ("stall before any text", Step(text="Never", first_delay=60)),
    ],
    ids=["thinking", "streaming", "stall", "stall before any text"],
)
async def test_stop_while(brittle: Brittle, phase: str, step: Step, measured: Measured) -> None:
    provider = brittle.stack.provider
    provider.reset()
    provider.script(step)
    async with meeting(brittle.stack, "Ada") as (hers, his):
        await hers.post("@Ada hello")
        if phase == "thinking":
            await his.wait(is_thinking(his), "some thinking")
        elif phase == "stall before any text":
            await until(provider.calls, "the call")
        else:
            await his.wait(streaming("Ada", 5), "some text")
        turn_id, began = await stop(his, hers, measured=measured)
        shown = his.state.messages_of("Ada")
        await until(
            lambda: provider.calls()[-1]["closed_at"], "the connection closed", seconds=promised(CLOSED)
        )
        closed = provider.calls()[-1]["closed_at"] - began
        measured("connection closed within 2 s", f"{closed:.2f} s")
        assert closed < promised(CLOSED)
        # Unknown, where the provider had told nothing: the call was made all the same.
        await until(lambda: attempts_of(brittle.stack, turn_id) == [1], "its usage")
        await his.wait(lambda room: room.turns[turn_id]["usage"] is not None, "its usage in the room")
        last = await hers.post("Thank you.")
        await his.wait(lambda room: last in room.messages, "what was said after it")
        assert his.state.messages_of("Ada") == shown, "no text after it"
        assert (phase in ("streaming", "stall")) == bool(shown)
        await assert_whole(brittle.stack, his)
    assert len(provider.calls()) == 1


async def test_stop_while_queued(brittle: Brittle, measured: Measured) -> None:
    provider = brittle.stack.provider
    provider.reset()
    provider.script(Step(text=LONG, tokens_per_second=200))
    async with meeting(brittle.stack, "Ada") as (hers, his):
        await hers.post("@Ada hello")
        await his.wait(streaming("Ada", 5), "her first reply")
        await his.post("@Ada and me?")
        await his.wait(lambda room: len(room.turns_of("Ada")) == 2, "the turn that waits")
        [waits] = [turn for turn in his.state.turns_of("Ada") if turn["state"] == "queued"]
        began = monotonic()
        await his.command("turn.stop", turn_id=waits["id"])
        for room in (hers, his):
            await room.wait(
                lambda state: state.turns[waits["id"]]["state"] == "stopped", "the stop", promised(STOPPED)
            )
        measured("stopped within 1 s", f"{monotonic() - began:.2f} s")
        await his.wait(ended("Ada", "done"), "the reply that was not stopped")
        assert [m["text"] for m in his.state.messages_of("Ada")] == [LONG]
        assert attempts_of(brittle.stack, waits["id"]) == []
        await assert_whole(brittle.stack, his)
    assert len(provider.calls()) == 1


async def test_stop_during_a_retry(brittle: Brittle, measured: Measured) -> None:
    """In the pause before the second call, which is never made."""
    provider = brittle.stack.provider
    provider.reset()
    pause = 4.0
    provider.script(
        Step(status=429, headers={"Retry-After": str(pause)}, user="hello"),
        # Longer than the pause: whoever still slept would call in the meantime.
        Step(text="one two three four five", user="next", tokens_per_second=1),
    )
    async with meeting(brittle.stack, "Ada") as (hers, his):
        await hers.post("@Ada hello")
        await until(lambda: [call for call in provider.calls() if call["ended_at"]], "the refused call")
        turn_id, _ = await stop(his, hers, measured=measured)
        await hers.post("@Ada next")
        await his.wait(ended("Ada", "done"), "the next reply")
        # Whoever stops it does not know that the provider refused the call.
        assert attempts_of(brittle.stack, turn_id) == [1]
        await assert_whole(brittle.stack, his)
    assert len(provider.calls()) == 2


async def test_stop_all(brittle: Brittle, measured: Measured) -> None:
    provider = brittle.stack.provider
    provider.reset()
    names = ["Ada", "Bo", "Dara"]
    provider.script(*(Step(text=LONG, user=f"You are {name}", tokens_per_second=60) for name in names))
    async with meeting(brittle.stack, *names) as (hers, his):
        await hers.post("@all go on")
        for name in names:
            await his.wait(streaming(name, 5), f"{name}'s beginning")
        await hers.post("@Ada and one more")
        await his.wait(lambda room: len(room.turns) == 4, "the turn that waits")
        began = monotonic()
        assert await his.command("turn.stop_all") == {"stopped": 4}

        def all_stopped(room: RoomState) -> Any:
            return {turn["state"] for turn in room.turns.values()} == {"stopped"}

        for room in (hers, his):
            await room.wait(all_stopped, "the stop", seconds=promised(STOPPED))
        measured("stopped within 1 s", f"{monotonic() - began:.2f} s")
        await until(
            lambda: all(call["closed_at"] for call in provider.calls()), "closed", seconds=promised(CLOSED)
        )
        ran = [turn for turn in his.state.turns.values() if turn["started_at"]]
        assert len(ran) == 3
        await his.wait(
            lambda room: all(room.turns[turn["id"]]["usage"] is not None for turn in ran), "their usage"
        )
        await assert_whole(brittle.stack, his)
    assert len(provider.calls()) == 3
