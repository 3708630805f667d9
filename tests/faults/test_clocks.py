"""FAULTS.md: clocks 60 s apart between machines."""

from __future__ import annotations

import signal
from datetime import datetime
from time import monotonic

import pytest

from tests.faults.conftest import Measured
from tests.faults.invariants import assert_whole
from tests.faults.moments import TOLD, promised
from tests.stack.clocks import WrongClock
from tests.stack.meeting import LONG, ended, meeting
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = pytest.mark.stack


async def test_clocks_60_s_apart(workerless_stack: Stack, measured: Measured) -> None:
    """Leases are on the database's clock. By its own, the worker that is late would give a
    lease that has run out before it is written, and the one that is ahead a lease of over a
    minute, in which nobody would notice its death."""
    stack = workerless_stack
    late = stack.start_worker(clock=WrongClock(-60))
    # Three sweeps and more than a lease.
    slow = "Slowly one word after the other for eight seconds."
    stack.provider.script(Step(text=slow, user="You are Ada", tokens_per_second=1.1))
    async with meeting(stack, "Ada") as (hers, his):
        await hers.post("@Ada hello")
        [turn] = await his.wait(ended("Ada", "done"), "the reply of the late worker", seconds=30)
        asked, started = (datetime.fromisoformat(turn[at]) for at in ("created_at", "started_at"))
        running = [worker.name for worker in stack.workers if worker.is_running]
        assert (asked - started).total_seconds() > 50, f"not by the late one, {late.name}, of {running}"
        late.kill()
        ahead = stack.start_worker(clock=WrongClock(60), is_waiting=False)
        stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=20))
        await hers.post("@Ada and again")
        await his.wait(lambda room: len(room.messages_of("Ada")) == 2, "a reply of the other", seconds=60)
        await his.wait(lambda room: len(room.messages_of("Ada")[-1]["text"]) > 20, "some text")
        began = monotonic()
        ahead.send(signal.SIGKILL)
        await his.wait(ended("Ada", "failed"), "the end of the lost turn", seconds=promised(TOLD))
        measured("a death told within 10 s", f"{monotonic() - began:.1f} s")
        texts = [message["text"] for message in his.state.in_order]
        assert texts[:3] == ["@Ada hello", slow, "@Ada and again"], "in the order of event numbers"
        await assert_whole(stack, his)
