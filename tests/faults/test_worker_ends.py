"""FAULTS.md: SIGTERM of a worker."""

from __future__ import annotations

import signal
from time import monotonic

import pytest

from tests.faults.conftest import Measured
from tests.faults.invariants import assert_whole
from tests.faults.moments import START
from tests.stack.meeting import ended, meeting, streaming
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.waiting import until

pytestmark = pytest.mark.stack

EXIT = 30.0
SHORT = "This one needs three seconds more and is given them."


async def test_sigterm_of_a_worker(workerless_stack: Stack, measured: Measured) -> None:
    """A reply that is soon done is finished, one that is not is cut off with its text, what was
    waiting goes to the next worker, and the process ends by itself within 30 s."""
    stack = workerless_stack
    worker = stack.start_worker()
    stack.provider.script(
        Step(text=SHORT, user="You are Ada", tokens_per_second=3),
        Step(text="One two", user="You are Bo", ending="stall"),
    )
    async with meeting(stack, "Ada", "Bo") as (hers, his):
        await hers.post("@Ada and @Bo, your turn")
        await his.wait(streaming("Ada", 1), "Ada's beginning")
        await his.wait(streaming("Bo", 1), "Bo's beginning")
        began = monotonic()
        worker.send(signal.SIGTERM)
        await his.wait(ended("Ada", "done"), "the reply that is soon done", seconds=EXIT)
        await his.post("@Ada, are you there?")  # nobody is: it waits
        [lost] = await his.wait(ended("Bo", "failed"), "the end of the other", seconds=EXIT)
        await until(lambda: worker.exit_code is not None, "the exit", seconds=EXIT)
        took = monotonic() - began
        measured("replies ended and process gone within 30 s", f"{took:.1f} s")
        assert took < EXIT
        assert worker.exit_code == 0, "by itself"
        assert lost["error"]["code"] == "worker_lost"
        assert [m["text"].strip() for m in his.state.messages_of("Bo")] == ["One two"]
        assert [m["text"] for m in his.state.messages_of("Ada")] == [SHORT]
        assert "finished: 1, cut off: 1, left to the sweep: 0" in stack.logs()
        stack.provider.script(Step(text="Yes.", user="You are Ada"), Step(text="Again.", user="You are Bo"))
        stack.start_worker(is_waiting=False)
        await his.command("turn.retry", turn_id=lost["id"])
        await his.wait(lambda room: len(ended("Ada", "done")(room)) == 2, "what waited", seconds=START)
        await his.wait(ended("Bo", "done"), "the retry", seconds=START)
        await assert_whole(stack, his)
