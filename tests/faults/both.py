"""Alice and Bob in one room, each on a web process of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from time import monotonic

import redis

from tests.faults.invariants import assert_same, assert_whole
from tests.faults.moments import promised
from tests.faults.returning import Returning
from tests.stack.client import Person, Room
from tests.stack.stack import Stack

# All sockets hear again within this.
LIVE = 10.0


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


@contextmanager
def broadcasts_lost(stack: Stack) -> Iterator[None]:
    """Every broadcast is refused, and thereby lost, while all else of Redis works."""
    with redis.Redis.from_url(stack.redis_url) as client:
        client.execute_command("ACL", "SETUSER", "default", "-publish")
        try:
            yield
        finally:
            client.execute_command("ACL", "SETUSER", "default", "+publish")


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
    await assert_same(his, hers)
