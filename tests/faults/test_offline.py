"""FAULTS.md: a client is offline, for a second or for days; it is dropped again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from time import monotonic
from uuid import uuid4

import pytest

from tests.faults.conftest import Measured
from tests.faults.doors import Behind, behind_a_door
from tests.faults.invariants import assert_same
from tests.faults.moments import IS_LONG, kinds, promised
from tests.faults.returning import Returning
from tests.stack.client import Person
from tests.stack.meeting import LONG, ended, streaming
from tests.stack.proxy import Proxy
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.state import RoomState

pytestmark = pytest.mark.stack

# From the return of the network: the client looks for it five times a second.
BACK = 3.0
# How a network is away: it refuses, or nothing comes any more and nobody is told.
LEAVE: dict[str, Callable[[Proxy], None]] = {"cut": Proxy.refuse, "silent": Proxy.go_silent}

SCREENS, DROPS, DROP_SECONDS = 20, 20 if IS_LONG else 5, 0.5
STREAM = " ".join(f"word{k}" for k in range(4_000))

_AGE = """
from datetime import timedelta
from rooms.models import Event, Receipt
for row in (*Event.objects.filter(room_id="{room}"), *Receipt.objects.all()):
    name = "at" if isinstance(row, Event) else "created_at"
    setattr(row, name, getattr(row, name) - timedelta(hours={hours}))
    row.save(update_fields=[name])
"""


async def live_on(meeting: Behind, seconds: float = 0) -> None:
    """What happens in the room while he is away: talk, a new name, somebody who comes and goes,
    and the rest of a reply."""
    began = monotonic()
    hers = meeting.hers
    await hers.command("room.rename", name="Atelier")
    async with Person(meeting.stack.base_url, "Carol") as carol:
        await carol.join(hers.state.room["invite"])
        async with carol.open(hers.room_id) as room:
            await room.post("Only passing through.")
        leave = {"type": "participant.leave", "command_id": str(uuid4()), "data": {}}
        await carol.post(f"/api/rooms/{hers.room_id}/commands/", leave)
    for number in range(20):
        await hers.post(f"while he is away, {number}")
        await asyncio.sleep(max(0.0, began + seconds * (number + 1) / 20 - monotonic()))
    await hers.wait(ended("Ada", "done"), "the reply")


async def back_and_whole(meeting: Behind, *, is_pruned: bool = False, is_paged: bool = False) -> float:
    """How long until he has what she has; `is_paged`: the newest of it, and the rest where he
    reads back."""
    began = monotonic()
    meeting.door.restore()
    hers = meeting.hers.state

    def is_equal(state: RoomState) -> bool:
        if is_paged:
            newest = state.in_order
            return state.head_seq == hers.head_seq and newest == hers.in_order[-len(newest) :]
        return state.comparable() == hers.comparable()

    await meeting.his.wait(is_equal, "what happened meanwhile", promised(BACK))
    took = monotonic() - began
    if is_paged:
        await read_back(meeting.his)
        await assert_same(meeting.his, meeting.hers)
    await meeting.assert_whole(is_pruned=is_pruned)
    assert [m["text"] for m in meeting.his.state.messages_of("Ada")] == [LONG]
    return took


async def read_back(his: Returning) -> None:
    """To the beginning of the room, as by scrolling up."""
    has_older = True
    while has_older:
        before = his.state.in_order[0]["seq"]
        page = await his.person.get(f"/api/rooms/{his.room_id}/messages/", before=before)
        for message in page["messages"]:
            his.state.put_message(message)
        his.state.turns |= {turn["id"]: turn for turn in page["turns"]}
        has_older = page["has_older"]


def snapshots(his: Returning) -> int:
    return sum(frame["type"] == "snapshot" for frame in his.frames)


@pytest.mark.parametrize("how", list(LEAVE))
@pytest.mark.parametrize("away", kinds([6], [1, 60]), ids=lambda seconds: f"{seconds} s")
async def test_a_client_is_offline(shaken_stack: Stack, measured: Measured, away: float, how: str) -> None:
    async with behind_a_door(shaken_stack) as meeting:
        shaken_stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=150))
        await meeting.his.post("@Ada go on")
        await meeting.his.wait(streaming("Ada", 200), "the beginning of a reply")
        LEAVE[how](meeting.door)
        await live_on(meeting, away)
        took = await back_and_whole(meeting)
        assert snapshots(meeting.his) == 1, "only the first one: what was missed was told as events"
    measured("its state equals the database within 3 s", f"{took:.2f} s")


@pytest.mark.parametrize(("hours", "is_pruned"), [(25, False), (31 * 24, True)], ids=["25 h", "31 days"])
async def test_a_client_is_offline_for_days(
    shaken_stack: Stack, measured: Measured, hours: int, is_pruned: bool
) -> None:
    """Time is moved: what happened before the end of its absence gets older, and the log is
    pruned. Beyond the age of the log there are no events to replay."""
    async with behind_a_door(shaken_stack) as meeting:
        shaken_stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=150))
        await meeting.his.post("@Ada go on")
        await meeting.his.wait(streaming("Ada", 200), "the beginning of a reply")
        meeting.door.refuse()
        await live_on(meeting)
        await asyncio.to_thread(
            shaken_stack.manage, "shell", "-c", _AGE.format(room=meeting.hers.room_id, hours=hours)
        )
        pruned = await asyncio.to_thread(shaken_stack.manage, "prune")
        assert pruned.startswith("Deleted 0 events") is not is_pruned, pruned
        await meeting.hers.post("Good morning.")
        took = await back_and_whole(meeting, is_pruned=is_pruned)
        assert snapshots(meeting.his) == 1 + is_pruned
    measured("its state equals the database within 3 s", f"{took:.2f} s")


async def test_more_was_missed_than_is_replayed(shaken_stack: Stack, measured: Measured) -> None:
    async with behind_a_door(shaken_stack) as meeting:
        shaken_stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=150))
        await meeting.his.post("@Ada go on")
        await meeting.his.wait(streaming("Ada", 200), "the beginning of a reply")
        meeting.door.refuse()
        await live_on(meeting)
        for number in range(18):
            await meeting.hers.post(f"{number} " + "x" * 30_000)
        # More than a page holds, so that the snapshot has the newest of it only.
        took = await back_and_whole(meeting, is_paged=True)
        assert snapshots(meeting.his) == 2
    measured("its state equals the database within 3 s", f"{took:.2f} s")


async def test_drops_in_mid_stream(shaken_stack: Stack, measured: Measured) -> None:
    """After each drop every screen has, within 3 s, the text that others had when the network
    came back, no word of it lost or doubled; and so has each at the end."""
    async with behind_a_door(shaken_stack) as meeting, AsyncExitStack() as context:
        hers, his = meeting.hers, meeting.his
        others = [Returning(his.person, hers.room_id) for _ in range(SCREENS - 1)]
        screens = [his, *await asyncio.gather(*map(context.enter_async_context, others))]
        shaken_stack.provider.script(Step(text=STREAM, user="You are Ada", tokens_per_second=30))
        await hers.post("@Ada go on")
        slowest = 0.0
        for _ in range(DROPS):
            seen = len(said(hers.state))
            await hers.wait(has_said(seen + 100), "more of the reply")
            meeting.door.refuse()
            await asyncio.sleep(DROP_SECONDS)
            began, there = monotonic(), len(said(hers.state))
            meeting.door.restore()
            for screen in screens:
                left = began + promised(BACK) - monotonic()
                await screen.wait(has_said(there), "all that she had", left)
            slowest = max(slowest, monotonic() - began)
            assert all(STREAM.startswith(said(screen.state)) for screen in screens)
        assert not ended("Ada", "done")(hers.state), "the reply was over before the last drop"
        await hers.command("turn.stop_all")
        await hers.wait(ended("Ada", "stopped"), "the end")
        for screen in screens:
            await assert_same(screen, hers)
            assert len(screen.opened_at) == 1 + DROPS
        assert STREAM.startswith(said(hers.state))
        await meeting.assert_whole()
    measured(
        f"{SCREENS} of {SCREENS} screens whole, 0 tokens lost or doubled",
        f"{SCREENS} of {SCREENS} after each of {DROPS} drops of 0.5 s, the slowest {slowest:.2f} s after it",
    )


def has_said(characters: int) -> Callable[[RoomState], bool]:
    return lambda room: len(said(room)) >= characters


def said(room: RoomState) -> str:
    """Ada's text as far as it is known here."""
    return "".join(message["text"] for message in room.messages_of("Ada"))
