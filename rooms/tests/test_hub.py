"""From a commit in one process to the sockets of every process, over a real Redis."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from rooms import broadcast
from rooms.database import in_database
from rooms.hub import Hub
from rooms.tests.people import Json, Workshop
from rooms.tests.sockets import end_hub, opened
from rooms.tests.tasks import end_tasks, until

pytestmark = pytest.mark.usefixtures("redis_server")


class FakeSocket:
    def __init__(self) -> None:
        self.frames: list[Json] = []
        self._came = asyncio.Event()

    def deliver(self, frames: list[str]) -> None:
        self.frames += [json.loads(frame) for frame in frames]
        self._came.set()

    def dismiss(self, gone: dict[str, int]) -> None:
        raise AssertionError("nobody leaves in these tests")

    def retire(self, after_seconds: float) -> None:
        raise AssertionError("no process ends in these tests")

    async def until(self, count: int) -> list[Json]:
        async with asyncio.timeout(20):
            while len(self.frames) < count:
                self._came.clear()
                await self._came.wait()
        return self.frames


class BrokenSocket(FakeSocket):
    def deliver(self, frames: list[str]) -> None:
        super().deliver(frames)
        raise RuntimeError("on purpose")


class LeavingSocket(FakeSocket):
    def dismiss(self, gone: dict[str, int]) -> None:
        self.frames.append({"gone": gone})


@pytest.fixture
async def hubs() -> AsyncIterator[list[Hub]]:
    """Two hubs, as of two web processes."""
    made = [Hub(), Hub()]
    yield made
    for hub in made:
        await end_tasks(hub._keeper, hub._reader)
    await end_hub()


def frames(*numbers: int) -> list[str]:
    return [json.dumps({"seq": number}) for number in numbers]


async def test_every_process_hears_its_rooms_in_order(hubs: list[Hub]) -> None:
    room, other = uuid4(), uuid4()
    sockets = [FakeSocket() for _ in range(3)]
    stranger = FakeSocket()
    for hub, socket in zip([hubs[0], hubs[0], hubs[1]], sockets, strict=True):
        await hub.join(room, socket)
    await hubs[1].join(other, stranger)
    for number in range(100):
        broadcast.send(room, frames(number * 2, number * 2 + 1))
    broadcast.send(other, frames(7))
    for socket in sockets:
        assert [frame["seq"] for frame in await socket.until(200)] == list(range(200))
    assert await stranger.until(1) == [{"seq": 7}]


async def test_whoever_left_hears_nothing(hubs: list[Hub]) -> None:
    room = uuid4()
    gone, stays = FakeSocket(), FakeSocket()
    await hubs[0].join(room, gone)
    await hubs[0].join(room, stays)
    hubs[0].leave(room, gone)
    hubs[0].leave(room, gone)
    broadcast.send(room, frames(1))
    await stays.until(1)
    assert gone.frames == []
    hubs[0].leave(room, stays)
    await until(lambda: not hubs[0]._subscribed)
    await hubs[0].join(room, stays)
    broadcast.send(room, frames(2))
    assert [frame["seq"] for frame in await stays.until(2)] == [1, 2]


async def test_a_socket_that_breaks_does_not_deafen_the_process(hubs: list[Hub]) -> None:
    room, other = uuid4(), uuid4()
    broken, fine = BrokenSocket(), FakeSocket()
    await hubs[0].join(room, broken)
    await hubs[0].join(other, fine)
    broadcast.send(room, frames(1))
    await broken.until(1)
    broadcast.send(other, frames(2))
    assert await fine.until(1) == [{"seq": 2}]


async def test_who_is_gone_is_told_in_every_process_before_the_frames(hubs: list[Hub]) -> None:
    room = uuid4()
    sockets = [LeavingSocket(), LeavingSocket()]
    for hub, socket in zip(hubs, sockets, strict=True):
        await hub.join(room, socket)
    broadcast.send(room, frames(1), {"bob": 1})
    for socket in sockets:
        assert await socket.until(2) == [{"gone": {"bob": 1}}, {"seq": 1}]


@pytest.mark.django_db(transaction=True)
async def test_what_happens_in_another_process_reaches_the_socket(
    workshop: Workshop, hubs: list[Hub]
) -> None:
    listener = FakeSocket()
    await hubs[1].join(UUID(workshop.id), listener)
    async with opened(workshop.alice, workshop.id) as socket:
        await socket.expect("snapshot")
        said = await in_database(workshop.bob.say, workshop.id, "From elsewhere")
        event = await socket.expect("message.posted")
        assert event["data"]["message"]["id"] == said
        await until(lambda: any(f["type"] == "message.posted" for f in listener.frames))
        heard = [f for f in listener.frames if f["type"] != "presence.changed"]
    assert heard == [{k: v for k, v in event.items() if k != "n"}]
