"""The whole machine dies in mid-stream and is started again. Promises: docs/faults.md."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from time import monotonic

import pytest

from tests.faults.conftest import Measured
from tests.faults.invariants import assert_whole
from tests.faults.moments import START
from tests.stack.client import Person, Room
from tests.stack.meeting import LONG, ended, streaming
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = pytest.mark.stack

ACKNOWLEDGED = 50
KEPT_WITHIN = 2.0
SHORT = "All is well."


class Watcher:
    """How much of a reply was on a screen, and when."""

    def __init__(self, room: Room, name: str) -> None:
        self._room, self._name = room, name
        self._moments: list[float] = []
        self._lengths: list[int] = []
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            self._moments.append(monotonic())
            self._lengths.append(sum(len(m["text"]) for m in self._room.state.messages_of(self._name)))
            await asyncio.sleep(0.02)

    def end(self) -> None:
        self._task.cancel()

    def length_at(self, moment: float) -> int:
        return self._lengths[max(0, bisect_right(self._moments, moment) - 1)]

    def last_at(self, length: int) -> float:
        """When no more than so much was seen, at the latest."""
        return max(at for at, seen in zip(self._moments, self._lengths, strict=True) if seen <= length)


def kill_everything(stack: Stack) -> None:
    children = [*stack.webs, *stack.workers, stack.valkey.child]
    for child in children:
        if child is not None:
            child.kill()


def start_again(stack: Stack) -> str:
    """The same data, new processes; the address of the new web process."""
    stack.valkey.start()
    stack.start_web(is_waiting=False)
    stack.start_worker()
    return stack.base_urls[-1]


async def test_everything_is_killed_in_mid_stream(
    fresh_stack: Callable[..., Stack], measured: Measured
) -> None:
    """50 of 50 acknowledged messages are there, the finished reply is whole, the cut one is kept
    to within 2 s of what was shown, and the room goes on."""
    stack = fresh_stack(workers=2)
    stack.provider.script(
        Step(text=SHORT, user="You are Ada"),
        Step(text=LONG, user="You are Bo", tokens_per_second=10),
        Step(text=SHORT, user="You are Ada"),
        Step(text=SHORT, user="You are Bo"),
    )
    async with Person(stack.base_url, "Alice") as alice:
        replies, crowded = await alice.create_room(personas=["Ada", "Bo"]), await alice.create_room()
        async with alice.open(replies) as room, alice.open(crowded) as elsewhere:
            await room.post("@Ada how are you?")
            await room.wait(ended("Ada", "done"), "the reply that is finished")
            await room.post("@Bo go on")
            await room.wait(streaming("Bo", 20), "the beginning of the other")
            watcher = Watcher(room, "Bo")
            acknowledged = []
            for number in range(ACKNOWLEDGED):
                acknowledged.append(await elsewhere.post(f"message {number}"))
                await asyncio.sleep(0.1)  # so that they are spread over the reply
            assert not ended("Bo", "done")(room.state), "it was to be cut"
            killed = monotonic()
            kill_everything(stack)
            await room.wait_closed()
            watcher.end()
        alice.move(start_again(stack))  # by this thread: they die with the one that started them
        async with alice.open(crowded) as elsewhere:
            there = sum(message in elsewhere.state.messages for message in acknowledged)
            assert there == ACKNOWLEDGED
            await assert_whole(stack, elsewhere)
        async with alice.open(replies) as room:
            await room.wait(ended("Bo", "failed"), "the end of the reply that was cut", seconds=START)
            told = monotonic() - killed
            [finished] = room.state.messages_of("Ada")
            assert (finished["text"], finished["state"]) == (SHORT, "complete")
            [cut] = room.state.messages_of("Bo")
            assert cut["state"] == "failed"
            assert LONG.startswith(cut["text"])
            lost = max(0, watcher.length_at(killed) - len(cut["text"]))
            back = killed - watcher.last_at(len(cut["text"])) if lost else 0.0
            assert back <= KEPT_WITHIN, f"{lost} characters of {watcher.length_at(killed)}"
            await room.post("@Ada and now?")
            [turn] = room.state.turns_of("Bo")
            await room.command("turn.retry", turn_id=turn["id"])
            await room.wait(lambda state: len(ended("Ada", "done")(state)) == 2, "the next reply")
            await room.wait(ended("Bo", "done"), "the second try")
            await assert_whole(stack, room)
    measured("acknowledged messages there", f"{there} of {ACKNOWLEDGED}")
    measured("the cut reply kept to within 2 s", f"{back:.1f} s, {lost} characters")
    measured("the room told of it", f"{told:.0f} s after the kill, the start included")
