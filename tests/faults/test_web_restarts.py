"""FAULTS.md: SIGTERM of a web process; a rolling restart."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from time import monotonic
from urllib.parse import urlsplit

import pytest

from config.preflight import problems_of
from tests.faults.conftest import Measured
from tests.faults.doors import address_of, url_of
from tests.faults.invariants import assert_same, assert_whole
from tests.faults.moments import IS_LONG, START, heavy, promised
from tests.faults.returning import Returning
from tests.stack.client import Person, Room
from tests.stack.meeting import ended
from tests.stack.proxy import Proxy
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.faults]

LONG = " ".join(f"word{k}" for k in range(300))
# Slowly: each piece is folded 200 times by the test's own process.
STREAM = " ".join(f"word{k}" for k in range(1_000))
CLIENTS = 200 if IS_LONG else 60
EXIT = 10.0


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
                # The end of its turn is told behind that of its text, to each in its own time.
                await assert_same(again, here)


async def talk(speaker: Returning, is_over: asyncio.Event) -> list[str]:
    """Says something about once a second, however the server is; the ids of what was answered."""
    posted: list[str] = []
    # A snapshot's page, less the reply: what is compared in the end is all of it.
    while not is_over.is_set() and len(posted) < 45:
        posted.append(await speaker.post(f"message {len(posted)}"))
        with suppress(TimeoutError):
            await asyncio.wait_for(is_over.wait(), 1)
    return posted


async def replace_web(stack: Stack, index: int, door: Proxy) -> float:
    """As an update does: a new process is started and the door led to it, the old one is told to
    end; how many seconds it took for that."""
    stack.start_web(is_waiting=False)
    new = stack.base_urls[-1]
    await until(lambda: is_ready(new), "the new process", seconds=START)
    door.target = address_of(new)
    began = monotonic()
    stack.kill_web(signal.SIGTERM, index)
    await until(lambda: stack.webs[index].exit_code is not None, "the exit", seconds=promised(EXIT))
    assert stack.webs[index].exit_code == 0
    return monotonic() - began


def is_ready(base_url: str) -> bool:
    parts = urlsplit(base_url)
    return not problems_of(str(parts.hostname), int(parts.port or 0))


def have_returned(clients: list[Returning]) -> Callable[[], bool]:
    return lambda: all(len(client.opened_at) == 2 and client.room for client in clients)


@heavy
async def test_a_rolling_restart_with_two_hundred_clients_loses_nothing(
    fresh_stack: Callable[..., Stack], measured: Measured
) -> None:
    """Each of two web processes in turn, while somebody speaks and a persona answers."""
    stack = fresh_stack(webs=2)
    stack.provider.script(Step(text=STREAM, user="You are Ada", tokens_per_second=4))
    async with AsyncExitStack() as context:
        doors = [context.enter_context(Proxy(address_of(url))) for url in stack.base_urls]
        alice, bob = [
            await context.enter_async_context(Person(url_of(door), name))
            for door, name in zip(doors, ("Alice", "Bob"), strict=True)
        ]
        room_id = await alice.create_room(personas=["Ada"])
        await bob.join((await alice.snapshot(room_id))["room"]["invite"])
        clients = [Returning(person, room_id) for person in (alice, bob) for _ in range(CLIENTS // 2)]
        await asyncio.gather(*map(context.enter_async_context, clients))
        speaker = clients[0]
        await speaker.post("@Ada go on")
        is_over = asyncio.Event()
        talking = asyncio.create_task(talk(speaker, is_over))
        ends, spreads = [], []
        for index, door in enumerate(doors):
            moved = [client for client in clients if client.person.base_url == url_of(door)]
            ends.append(await replace_web(stack, index, door))
            await until(have_returned(moved), "the return of all", seconds=60)
            came = [client.opened_at[1] for client in moved]
            spreads.append(max(came) - min(came))
        is_over.set()
        posted = await talking
        assert posted
        assert speaker.room
        await speaker.room.command("turn.stop_all")
        await speaker.wait(ended("Ada", "stopped"), "the end of the reply")
        await assert_whole(stack, speaker.room)
        for client in clients:
            await assert_same(client, speaker)
            assert client.closed_with == [1012]
        texts = {m["id"]: m["text"] for m in speaker.state.in_order}
        assert [texts[id_] for id_ in posted] == [f"message {k}" for k in range(len(posted))]
        [reply] = speaker.state.messages_of("Ada")
        assert STREAM.startswith(reply["text"])
    measured("exit within 10 s", ", ".join(f"{seconds:.1f} s" for seconds in ends))
    measured("jittered reconnect", ", ".join(f"{seconds:.1f} s" for seconds in spreads))
    measured(
        f"{CLIENTS} clients lose nothing",
        f"{CLIENTS} of {CLIENTS} equal, {len(posted)} messages said meanwhile, one reply in the making",
    )
