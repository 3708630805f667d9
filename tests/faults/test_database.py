"""The database goes away. Promises: docs/faults.md."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic
from uuid import uuid4

import pytest

from tests.conftest import Leavable
from tests.faults.both import across, assert_both_whole
from tests.faults.conftest import Measured
from tests.faults.moments import IS_LONG, TOLD, promised
from tests.stack.client import CommandRefusedError, Room
from tests.stack.meeting import LONG, ended, streaming
from tests.stack.outages import Way
from tests.stack.scripted_steps import Step
from tests.stack.state import RoomState
from tests.stack.waiting import until

pytestmark = pytest.mark.stack

SHORT = " ".join(f"word{k}" for k in range(30))
# Longer than a send waits.
AWAY = 10.0 if IS_LONG else 5.0
RECOVERED = 5.0
WAYS: list[Way] = ["refusing", "silent"] if os.environ.get("DATABASE_URL") else ["locked"]


@dataclass
class Send:
    """What was said while the database was away, and what the server answered."""

    text: str
    command_id: str
    refusal: str | None
    seconds: float


async def send(room: Room, text: str) -> Send:
    command_id, asked, refusal = str(uuid4()), monotonic(), None
    try:
        await room.command("message.post", command_id=command_id, text=text)
    except CommandRefusedError as error:
        refusal = error.code
    return Send(text, command_id, refusal, monotonic() - asked)


@contextmanager
def away(leavable: Leavable, way: Way) -> Iterator[None]:
    """The database comes back in any case: the next test needs it."""
    leavable.database.leave(way)
    try:
        yield
    finally:
        leavable.database.come_back()


@pytest.mark.parametrize("way", WAYS)
async def test_database_away_in_mid_stream(leavable: Leavable, measured: Measured, way: Way) -> None:
    """Sends are refused visibly and never falsely acknowledged; recovery within 5 s; the reply
    that is under way is whole."""
    stack = leavable.stack
    async with across(stack) as (hers, his):
        stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=400 / (AWAY + 6)))
        await hers.post("@Ada go on")
        await hers.wait(streaming("Ada", 20), "the beginning of a reply")
        sends: list[Send] = []
        began = monotonic()
        with away(leavable, way):
            while monotonic() - began < AWAY:
                answer = asyncio.create_task(send(hers, f"message {len(sends)}"))
                await asyncio.wait({answer}, timeout=max(0.0, AWAY - (monotonic() - began)))
                if not answer.done():
                    break
                sends.append(answer.result())
                assert sends[-1].refusal == "unavailable", "nothing can have been stored"
                await asyncio.sleep(0.1)
        returned = monotonic()
        if not answer.done():
            sends.append(await answer)
        while (latest := await send(hers, f"message {len(sends)}")).refusal is not None:
            sends.append(latest)
        sends.append(latest)
        await his.wait(lambda state: latest.text in texts(state), "the first that is stored again")
        recovered = monotonic() - returned
        for sent in sends:
            if sent.refusal is not None:
                await hers.command("message.post", command_id=sent.command_id, text=sent.text)
        await hers.wait(ended("Ada", "done"), "the reply", seconds=60)
        assert [message["text"] for message in hers.state.messages_of("Ada")] == [LONG]
        said = [text for text in texts(hers.state) if text.startswith("message ")]
        assert sorted(said) == sorted(sent.text for sent in sends), "each once, after all were sent again"
        await assert_both_whole(stack, hers, his)
    refused = [sent.seconds for sent in sends if sent.refusal is not None]
    slowest = f", slowest after {max(refused):.1f} s" if refused else ""
    measured(f"away {AWAY:g} s: sends refused, none falsely acknowledged", f"{len(refused)} refused{slowest}")
    measured("recovery within 5 s", f"{recovered:.1f} s")
    assert recovered < promised(RECOVERED)


@pytest.mark.parametrize("way", WAYS if IS_LONG else WAYS[:1])
@pytest.mark.parametrize("moment", ["its first text", "its end"])
async def test_database_away_at(leavable: Leavable, measured: Measured, moment: str, way: Way) -> None:
    """The reply is whole, once, within 10 s of the return."""
    stack = leavable.stack
    begins_late = moment == "its first text"
    async with across(stack) as (hers, his):
        step = Step(
            text=SHORT, user="You are Ada", first_delay=1.0 if begins_late else 0, tokens_per_second=20
        )
        stack.provider.script(step)
        await hers.post("@Ada go on")
        if begins_late:
            await until(stack.provider.calls, "the call")
        else:
            await hers.wait(streaming("Ada", 20), "the beginning of a reply")
        with away(leavable, way):
            await until(lambda: stack.provider.calls()[0]["ended_at"], "the provider's end")
            await asyncio.sleep(AWAY)  # the fault itself, not what is waited for
            assert not ended("Ada", "done")(hers.state)
        returned = monotonic()
        await hers.wait(ended("Ada", "done"), "the reply", seconds=promised(TOLD))
        whole = monotonic() - returned
        assert [message["text"] for message in hers.state.messages_of("Ada")] == [SHORT]
        await assert_both_whole(stack, hers, his)
    measured("the reply whole within 10 s of the return", f"{whole:.1f} s")


@pytest.mark.skipif("refusing" not in WAYS, reason="a file has no connections")
async def test_database_restarted(leavable: Leavable, measured: Measured) -> None:
    """Every connection of full pools is dead at once: recovery within 5 s."""
    stack = leavable.stack
    async with across(stack) as (hers, his):
        async with AsyncExitStack() as sockets:  # which fills the pools
            crowd = [person.open(hers.room_id) for person in (hers.person, his.person) for _ in range(40)]
            await asyncio.gather(*(sockets.enter_async_context(socket) for socket in crowd))
        leavable.database.restart()
        restarted = monotonic()
        refused = 0
        while (latest := await send(hers, f"message {refused}")).refusal is not None:
            refused += 1
        await his.wait(lambda state: latest.text in texts(state), "the first that is stored again")
        recovered = monotonic() - restarted
        await assert_both_whole(stack, hers, his)
    measured("recovery within 5 s", f"{recovered:.1f} s, {refused} refused")
    assert recovered < promised(RECOVERED)


async def test_what_is_written_over_rest_while_the_database_is_away(leavable: Leavable) -> None:
    """The same refusal with the same code; sent again with the same key, it is there once."""
    async with across(leavable.stack) as (hers, his):
        alice, path, body = hers.person, f"/api/rooms/{hers.room_id}/messages/", {"text": "Over REST."}
        alice.http.headers["Idempotency-Key"] = str(uuid4())
        refusals: list[tuple[int, str]] = []

        async def is_taken() -> bool:
            try:
                await alice.post(path, body)
            except CommandRefusedError as error:
                refusals.append((error.status, error.code))
                return False
            return True

        with away(leavable, WAYS[0]):
            assert not await is_taken()
        while not await is_taken():
            pass
        assert set(refusals) == {(503, "unavailable")}
        await hers.wait(lambda state: body["text"] in texts(state), "what was sent again")
        assert texts(hers.state).count(body["text"]) == 1
        await assert_both_whole(leavable.stack, hers, his)


def texts(state: RoomState) -> list[str]:
    return [message["text"] for message in state.in_order]
