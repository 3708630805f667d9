"""Web processes that are killed at the worst moment of a wake.

A process freezes at an exact point (tests/stack/stopping.py) and is killed there. Which
promise each test shows stands in README.md.
"""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from tests.faults.invariants import assert_whole
from tests.faults.moments import SWEPT, promised, reached
from tests.stack.client import Person, Room
from tests.stack.meeting import ended
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.waiting import until

pytestmark = pytest.mark.stack


@asynccontextmanager
async def alone(stack: Stack, persona: str) -> AsyncIterator[Room]:
    """Alice's socket in a new room with one persona."""
    async with Person(stack.base_url, "Alice") as alice:
        room_id = await alice.create_room(personas=[persona])
        async with alice.open(room_id) as room:
            yield room


@asynccontextmanager
async def back(stack: Stack, room: Room) -> AsyncIterator[Room]:
    """The person of `room` again, on the newest web process, from where they were."""
    room.person.move(stack.base_urls[-1])
    async with room.person.open(room.room_id, state=room.state) as again:
        yield again


async def say(room: Room, text: str) -> None:
    """Without waiting for the answer, which a process that freezes may not give any more."""
    command = {"type": "message.post", "command_id": str(uuid4()), "data": {"text": text}}
    await room.send(json.dumps(command))


async def test_a_web_process_dies_between_the_commit_and_the_decision(
    fresh_stack: Callable[..., Stack],
) -> None:
    stack = fresh_stack(webs=0, workers=0)
    point = stack.stop_point("llm.receivers:_dispatch")
    stack.start_web(stop_at=point)
    stack.start_worker()
    stack.provider.script(Step(text="Hello.", user="You are Ada"))
    async with alone(stack, "Ada") as room:
        point.arm()
        await say(room, "@Ada hello")
        await reached(point)
        stack.kill_web(signal.SIGKILL)
        await until(stack.provider.calls, "the call that a sweep led to", seconds=promised(SWEPT))
        stack.start_web()
        async with back(stack, room) as again:
            await again.wait(ended("Ada", "done"), "the reply")
            assert [m["text"] for m in again.state.in_order] == ["@Ada hello", "Hello."]
            await assert_whole(stack, again)


async def test_a_web_process_dies_between_the_turn_and_its_task(fresh_stack: Callable[..., Stack]) -> None:
    stack = fresh_stack(webs=0, workers=0)
    point = stack.stop_point("llm.queue:_send")
    stack.start_web(stop_at=point)
    stack.provider.script(Step(text="Hello.", user="You are Ada"))
    async with alone(stack, "Ada") as room:
        point.arm()
        await say(room, "@Ada hello")
        await reached(point)
        stack.kill_web(signal.SIGKILL)
        stack.start_web()
        stack.start_worker()
        await until(stack.provider.calls, "the call that the sweep led to", seconds=promised(SWEPT))
        async with back(stack, room) as again:
            await again.wait(ended("Ada", "done"), "the reply")
            assert len(again.state.turns_of("Ada")) == 1
            await assert_whole(stack, again)
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}
