"""Runs through real processes: from the start to the outcome, no turn after a stop, and a worker's death."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.stack.client import Person
from tests.stack.stack import Stack
from tests.stack.state import RoomState

pytestmark = pytest.mark.stack

GOAL = "Should the library open on Monday evenings or on Friday afternoons?"
CAST = ["Ada", "Bo", "Cleo"]
STOPS = int(os.environ.get("RUN_STOPS", "12"))
Json = dict[str, Any]


def has_ended(state: RoomState) -> bool:
    return any(run["state"] == "ended" for run in state.runs.values())


def the_run(state: RoomState) -> Json:
    return next(iter(state.runs.values()))


def turns_of_the_run(state: RoomState) -> list[Json]:
    return [turn for turn in state.turns.values() if turn["cause"] == "run"]


async def test_a_consensus_of_the_demo_comes_to_an_outcome(demo_stack: Stack) -> None:
    async with Person(demo_stack.base_url, "Alice") as alice:
        room_id = await alice.create_room("Run", personas=CAST)
        async with alice.open(room_id) as hers:
            await hers.command("run.start", mode="consensus", goal=GOAL, choices=["Monday", "Friday"])
            await hers.wait(has_ended, "the end of the run", seconds=60)
            run = the_run(hers.state)
            assert run["end"]["code"] in {"finished", "consensus"}
            assert {count["choice"] for count in run["outcome"]["after"]} <= {"Monday", "Friday"}
            # Each turn has its message, and nothing is sealed any more.
            for turn in turns_of_the_run(hers.state):
                assert turn["message_id"]
                assert not turn["run"]["is_sealed"]


@pytest.mark.timeout(120 + 5 * STOPS)
async def test_nothing_follows_a_stop(demo_stack: Stack) -> None:
    """At moments that differ: a dozen with every test run, a hundred with RUN_STOPS=100."""
    async with Person(demo_stack.base_url, "Alice") as alice:
        for number in range(STOPS):
            room_id = await alice.create_room("Stop", personas=CAST)
            mode = ("round_robin", "consensus", "debate", "relay")[number % 4]
            async with alice.open(room_id) as hers:
                started = await hers.command("run.start", mode=mode, goal=GOAL)
                await asyncio.sleep(0.07 * (number % 25))
                await hers.command("run.stop", run_id=started["run_id"])
                await hers.wait(has_ended, "the end of the run")
                stopped = the_run(hers.state)["turns"]
                # Longer than a sweep.
                await asyncio.sleep(0.7)
                turns = turns_of_the_run(hers.state)
                assert len(turns) == stopped
                assert all(turn["state"] not in {"queued", "running"} for turn in turns)


async def test_a_run_outlives_its_worker(fresh_stack: Callable[..., Stack]) -> None:
    """The reply that it was at has failed, and the others go on."""
    stack = fresh_stack(has_provider=False, workers=2)
    async with Person(stack.base_url, "Alice") as alice:
        room_id = await alice.create_room("Worker", personas=CAST)
        async with alice.open(room_id) as hers:
            await hers.command("run.start", mode="round_robin", goal=GOAL)
            await hers.wait(lambda state: len(turns_of_the_run(state)) == 2, "the second turn", seconds=30)
            stack.kill_worker(signal.SIGKILL)
            await hers.wait(has_ended, "the end of the run", seconds=90)
            turns = turns_of_the_run(hers.state)
            assert len(turns) == 6
            assert the_run(hers.state)["end"]["code"] == "finished"
