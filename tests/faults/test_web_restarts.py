"""FAULTS.md: SIGTERM of a web process; a rolling restart."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from time import monotonic

import pytest

from tests.stack.client import Person, Room
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.faults]

LONG = " ".join(f"word{k}" for k in range(300))


def whole(room: Room) -> bool:
    return any(m["state"] == "complete" and m["text"] == LONG for m in room.state.messages_of("Ada"))


def come_back_in(room: Room) -> int:
    """Milliseconds, as the ending process told."""
    (told,) = [frame["data"]["after_ms"] for frame in room.frames if frame["type"] == "reconnect"]
    return int(told)


async def test_sigterm_of_a_web_process(fresh_stack: Callable[..., Stack]) -> None:
    """Close code 1012, told when to come back, exit within 10 s; nothing is lost."""
    stack = fresh_stack(webs=2)
    ending, staying = stack.base_urls
    stack.provider.script(Step(text=LONG, tokens_per_second=100))
    async with Person(staying, "Alice") as alice:
        room_id = await alice.create_room(personas=["Ada"])
        async with alice.open(room_id, base_url=ending) as there, alice.open(room_id) as here:
            await there.post("@Ada go on")
            await there.wait(lambda room: room.messages_of("Ada"), "the beginning of a reply")
            began = monotonic()
            stack.kill_web(signal.SIGTERM, index=0)
            assert await there.wait_closed() == 1012
            assert 0 <= come_back_in(there) <= 5_000
            await until(lambda: stack.webs[0].exit_code is not None, "the exit", seconds=10)
            assert monotonic() - began < 10
            async with alice.open(room_id, state=there.state) as again:
                await again.wait(lambda _: whole(again), "the whole reply")
                await here.wait(lambda _: whole(here), "the whole reply")
                assert again.state.comparable() == here.state.comparable()


@pytest.mark.timeout(180)
async def test_a_rolling_restart_with_two_hundred_clients_loses_nothing(
    fresh_stack: Callable[..., Stack],
) -> None:
    stack = fresh_stack(webs=2)
    ending, staying = stack.base_urls
    count = 200
    async with Person(staying, "Alice") as alice, AsyncExitStack() as sockets:
        room_id = await alice.create_room(personas=["Ada"])
        watching = await asyncio.gather(
            *(sockets.enter_async_context(alice.open(room_id, base_url=ending)) for _ in range(count))
        )
        speaker = await sockets.enter_async_context(alice.open(room_id))
        texts = [f"before {k}" for k in range(5)]
        for text in texts:
            await speaker.post(text)
        stack.kill_web(signal.SIGTERM, index=0)
        for k in range(5):
            texts.append(f"meanwhile {k}")
            await speaker.post(texts[-1])
        assert {await socket.wait_closed() for socket in watching} == {1012}
        told = [come_back_in(socket) for socket in watching]
        assert max(told) - min(told) > 300  # spread, so that nobody is stormed
        again = await asyncio.gather(
            *(sockets.enter_async_context(alice.open(room_id, state=socket.state)) for socket in watching)
        )
        last = await speaker.post("after")
        await asyncio.gather(
            *(socket.wait(lambda room: last in room.messages, "the last message") for socket in again)
        )
        for socket in again:
            assert [message["text"] for message in socket.state.in_order] == [*texts, "after"]
