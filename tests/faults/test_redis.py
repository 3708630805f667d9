"""Redis goes away, is emptied, and loses what it was to tell. Promises: docs/faults.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

import pytest
import redis

from tests.faults.conftest import Measured
from tests.faults.invariants import assert_whole
from tests.faults.moments import IS_LONG, SWEPT, promised
from tests.faults.returning import Returning
from tests.stack.client import Person, Room
from tests.stack.meeting import LONG, ended, streaming
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.waiting import until

pytestmark = pytest.mark.stack

# All sockets hear again within this, and what was lost is filled within that.
LIVE = 10.0
FILLED = 5.0


@asynccontextmanager
async def across(stack: Stack) -> AsyncIterator[tuple[Room, Returning]]:
    """Alice's socket in a room with Ada on one web process, and Bob's on the other."""
    stack.provider.reset()
    first, second = stack.base_urls
    async with AsyncExitStack() as context:
        alice = await context.enter_async_context(Person(first, "Alice"))
        bob = await context.enter_async_context(Person(second, "Bob"))
        room_id = await alice.create_room(personas=["Ada"])
        hers = await context.enter_async_context(alice.open(room_id))
        await bob.join(hers.state.room["invite"])
        yield hers, await context.enter_async_context(Returning(bob, room_id))


async def seconds_until_heard(hers: Room, his: Returning) -> float:
    """How long until a message that is posted on one process is told by the other."""
    began = monotonic()
    posted: list[str] = []
    while not any(his.was_told(message) for message in posted):
        assert monotonic() - began < promised(LIVE), "connected but deaf"
        posted.append(await hers.post(f"Do you hear me? ({len(posted)})"))
        await asyncio.sleep(0.1)
    return monotonic() - began


async def assert_both_whole(stack: Stack, hers: Room, his: Returning) -> None:
    await assert_whole(stack, hers)
    await his.wait(lambda state: state.head_seq >= hers.state.head_seq, "the newest event")
    assert his.state.comparable() == hers.state.comparable()


@pytest.mark.parametrize("away", [0, 1, 30 if IS_LONG else 5], ids=lambda seconds: f"{seconds} s")
async def test_redis_is_killed_and_away(shaken_stack: Stack, measured: Measured, away: float) -> None:
    """Human messages are stored all the while; all sockets live within 10 s of its return;
    queued turns start within 6 s."""
    stack = shaken_stack
    async with across(stack) as (hers, his):
        stack.provider.script(Step(text="I am here.", user="You are Ada"))
        assert stack.valkey.child
        stack.valkey.child.kill()
        stored, slowest, left = ["@Ada are you there?"], 0.0, monotonic()
        await hers.post(stored[0])
        while monotonic() - left < away:
            asked = monotonic()
            stored.append(f"message {len(stored)}")
            await hers.post(stored[-1])
            slowest = max(slowest, monotonic() - asked)
            await asyncio.sleep(0.25)
        stack.valkey.start()  # by this thread: it dies with the one that started it
        returned = monotonic()
        heard = asyncio.create_task(seconds_until_heard(hers, his))
        await until(stack.provider.calls, "the queued turn", seconds=promised(SWEPT))
        started = monotonic() - returned
        live = await heard
        await hers.wait(ended("Ada", "done"), "the reply")
        texts = [message["text"] for message in hers.state.in_order]
        assert [text for text in texts if text in stored] == stored
        await assert_both_whole(stack, hers, his)
    measured("messages stored all the while", f"{len(stored)} of {len(stored)}, slowest {slowest:.2f} s")
    measured("sockets live within 10 s", f"{live:.1f} s")
    measured("queued turn starts within 6 s", f"{started:.1f} s")


async def test_redis_is_emptied(shaken_stack: Stack, measured: Measured) -> None:
    """No socket that is connected but deaf for more than 10 s; a reply in the making is whole."""
    stack = shaken_stack
    async with across(stack) as (hers, his):
        stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=200))
        await hers.post("@Ada go on")
        await hers.wait(streaming("Ada", 200), "the beginning of a reply")
        with redis.Redis.from_url(stack.redis_url) as client:
            client.flushall()
        live = await seconds_until_heard(hers, his)
        await hers.wait(ended("Ada", "done"), "the reply", seconds=30)
        assert [message["text"] for message in hers.state.messages_of("Ada")] == [LONG]
        await assert_both_whole(stack, hers, his)
    measured("no socket deaf for more than 10 s", f"{live:.1f} s")


async def test_the_channel_layer_drops_events(shaken_stack: Stack, measured: Measured) -> None:
    """The gap is noticed and filled within 5 s, also where nothing follows it."""
    stack = shaken_stack
    async with across(stack) as (hers, his):
        with redis.Redis.from_url(stack.redis_url) as client:
            # Every broadcast is refused, and thereby lost, while all else works.
            client.execute_command("ACL", "SETUSER", "default", "-publish")
            try:
                dropped = await hers.post("Nobody is told of this.")
                began = monotonic()
                await his.wait(lambda state: dropped in state.messages, "what was dropped", promised(FILLED))
                filled = monotonic() - began
            finally:
                client.execute_command("ACL", "SETUSER", "default", "+publish")
        assert not his.was_told(dropped), "the broadcast was not lost at all"
        await assert_both_whole(stack, hers, his)
    measured("gap filled within 5 s", f"{filled:.1f} s")
