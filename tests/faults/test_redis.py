"""Redis goes away, is emptied, and loses what it was to tell. Promises: docs/faults.md."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest
import redis

from tests.faults.both import across, assert_both_whole, broadcasts_lost, seconds_until_heard
from tests.faults.conftest import Measured
from tests.faults.moments import SWEPT, kinds, promised
from tests.stack.meeting import LONG, ended, streaming
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.waiting import until

pytestmark = pytest.mark.stack

# What was lost is filled within this.
FILLED = 5.0


@pytest.mark.parametrize("away", kinds([0, 5], [1, 30]), ids=lambda seconds: f"{seconds} s")
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
        with broadcasts_lost(stack):
            dropped = await hers.post("Nobody is told of this.")
            began = monotonic()
            await his.wait(lambda state: dropped in state.messages, "what was dropped", promised(FILLED))
            filled = monotonic() - began
        assert not his.was_told(dropped), "the broadcast was not lost at all"
        await assert_both_whole(stack, hers, his)
    measured("gap filled within 5 s", f"{filled:.1f} s")
