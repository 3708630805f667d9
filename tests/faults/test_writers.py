"""FAULTS.md: fifty people who write at the same time."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack
from time import monotonic

import pytest

from tests.faults.conftest import Measured
from tests.faults.invariants import assert_all_stored
from tests.faults.moments import IS_LONG, heavy
from tests.stack.client import Person, Room
from tests.stack.stack import Stack
from tests.stack.state import Json

pytestmark = pytest.mark.stack

WRITERS, EACH = (50, 200) if IS_LONG else (20, 20)
# All of them come from one address.
ENVIRONMENT = {"PARLEY_ARRIVALS_PER_MINUTE": "1000000"}


class Writer(Room):
    """Takes note of the answers alone: fifty folded copies of everything are not what is tested."""

    async def _handle(self, frame: Json) -> None:
        kind = frame["type"]
        if kind in ("command.ok", "command.error"):
            self._answer(kind, frame["data"])
        if kind == "snapshot":
            self.state.apply(frame)
            async with self._changed:
                self._changed.notify_all()
        if frame["n"] % 8 == 0:
            await self.send(json.dumps({"type": "ack", "n": frame["n"]}))

    async def say_all(self) -> list[str]:
        """The ids of the messages, in the order in which they were said."""
        return [await self.post(f"{self.person.name} says {number}") for number in range(EACH)]


class Following:
    """Asks for what is new as soon as it has the last answer, as a program without a socket does."""

    def __init__(self, reader: Person, room_id: str) -> None:
        self.numbers: list[int] = []
        self._reader = reader
        self._path = f"/api/rooms/{room_id}/events/"

    async def read_to(self, last: asyncio.Future[int]) -> None:
        """Until the future has come, and its number has been read."""
        while not last.done() or self.numbers[-1] < last.result():
            page = await self._reader.get(self._path, after=self.numbers[-1] if self.numbers else 0)
            self.numbers += [event["seq"] for event in page["events"]]


@heavy
async def test_many_write_at_the_same_time(fresh_stack: Callable[..., Stack], measured: Measured) -> None:
    """On two web processes. Event numbers are contiguous, and nobody who reads along, over a socket
    or over REST, finds a number whose predecessor was not there yet."""
    stack = fresh_stack(webs=2, workers=0, environment=ENVIRONMENT)
    urls = stack.base_urls
    async with AsyncExitStack() as context:
        alice = await context.enter_async_context(Person(urls[0], "Alice"))
        room_id = await alice.create_room()
        readers = [await context.enter_async_context(alice.open(room_id, base_url=url)) for url in urls]
        writers = []
        for number in range(WRITERS):
            person = await context.enter_async_context(Person(urls[number % 2], f"Writer {number}"))
            await person.join(readers[0].state.room["invite"])
            writers.append(await context.enter_async_context(Writer(person, room_id, person.base_url, None)))
        last: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        following = Following(alice, room_id)
        reading = asyncio.create_task(following.read_to(last))
        began = monotonic()
        posted = await asyncio.gather(*(writer.say_all() for writer in writers))
        took = monotonic() - began
        numbers = assert_all_stored(stack, room_id, {id_ for ids in posted for id_ in ids})
        last.set_result(numbers[-1])
        await reading
        assert following.numbers == numbers
        for reader in readers:
            await reader.wait(lambda room: room.head_seq == numbers[-1], "the last event", seconds=60)
            said = defaultdict(list)
            for message in reader.state.in_order:
                said[message["participant_id"]].append(message["id"])
            assert sorted(said.values()) == sorted(posted), "each writer's messages, in their order"
    count = WRITERS * EACH
    measured(
        f"{count:,} contiguous event numbers, none skipped by a reader",
        f"{count:,} of {count:,} messages by {WRITERS} writers on 2 web processes, {count / took:.0f}/s",
    )
