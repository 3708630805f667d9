"""A way to a web process that can be shut: what a client's bad network is to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.faults.invariants import assert_same, assert_whole
from tests.faults.returning import Returning
from tests.stack.client import Person, Room
from tests.stack.proxy import Proxy, Target
from tests.stack.stack import Stack


@dataclass(frozen=True)
class Behind:
    """Alice's socket in a room with Ada, and Bob's behind a door to another web process."""

    stack: Stack
    door: Proxy
    hers: Room
    his: Returning

    async def assert_whole(self, *, is_pruned: bool = False) -> None:
        """Both have what is in the database: see `invariants`."""
        await assert_whole(self.stack, self.hers, is_pruned=is_pruned)
        await assert_same(self.his, self.hers)


@asynccontextmanager
async def behind_a_door(stack: Stack) -> AsyncIterator[Behind]:
    """Needs a stack of two web processes."""
    stack.provider.reset()
    first, second = stack.base_urls
    async with AsyncExitStack() as context:
        door = context.enter_context(Proxy(address_of(second)))
        alice = await context.enter_async_context(Person(first, "Alice"))
        bob = await context.enter_async_context(Person(url_of(door), "Bob"))
        room_id = await alice.create_room(personas=["Ada"])
        hers = await context.enter_async_context(alice.open(room_id))
        await bob.join(hers.state.room["invite"])
        his = await context.enter_async_context(Returning(bob, room_id))
        yield Behind(stack, door, hers, his)


def address_of(base_url: str) -> Target:
    parts = urlsplit(base_url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def url_of(door: Proxy) -> str:
    return f"http://{door.host}:{door.port}"
