"""FAULTS.md: what a client asked for was done, and the answer never came."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any
from uuid import uuid4

import pytest
from websockets.exceptions import WebSocketException

from tests.faults.conftest import Measured
from tests.faults.doors import behind_a_door
from tests.faults.invariants import assert_all_stored, assert_same, assert_whole
from tests.faults.moments import IS_LONG, reached
from tests.faults.returning import Returning
from tests.stack.client import CommandRefusedError, Person, Room
from tests.stack.meeting import ended
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.state import Json, RoomState
from tests.stack.waiting import until

pytestmark = pytest.mark.stack

ROUNDS = 200 if IS_LONG else 30


def command(text: str) -> Json:
    return {"type": "message.post", "command_id": str(uuid4()), "data": {"text": text}}


def with_text(text: str) -> Callable[[RoomState], list[str]]:
    return lambda room: [message["id"] for message in room.in_order if message["text"] == text]


def was_answered(his: Returning, asked: Json) -> bool:
    return any(frame["data"].get("command_id") == asked["command_id"] for frame in his.frames)


async def again_in_every_way(his: Returning, other_url: str, asked: Json) -> list[Any]:
    """The same command over his socket, one of another process, and REST, all at the same time;
    what was answered."""
    assert his.room
    async with his.person.open(his.room_id, base_url=other_url) as elsewhere:

        def over(socket: Room) -> Any:
            return socket.command(asked["type"], command_id=asked["command_id"], **asked["data"])

        rest = his.person.post(f"/api/rooms/{his.room_id}/commands/", asked)
        *answers, over_rest = await asyncio.gather(over(his.room), over(elsewhere), rest)
    return [*answers, over_rest["result"]]


async def test_cut_between_the_commit_and_its_acknowledgement(shaken_stack: Stack) -> None:
    """One row, one turn and one answer, in whatever ways it is sent again."""
    async with behind_a_door(shaken_stack) as meeting:
        hers, his, door = meeting.hers, meeting.his, meeting.door
        shaken_stack.provider.script(Step(text="Once.", user="You are Ada"))
        asked = command("@Ada did this arrive?")
        assert his.room
        door.go_mute()
        await his.room.send(json.dumps(asked))
        [message_id] = await hers.wait(with_text(asked["data"]["text"]), "what was committed")
        door.cut()
        door.restore()
        await until(lambda: len(his.opened_at) == 2 and his.room, "the return")
        assert not was_answered(his, asked), "the acknowledgement was not lost"
        for answer in await again_in_every_way(his, shaken_stack.base_urls[0], asked):
            assert answer == {"message_id": message_id}
        with pytest.raises(CommandRefusedError) as refused:
            await his.room.post("Something else.", command_id=asked["command_id"])
        assert refused.value.code == "command_reused"
        await hers.wait(ended("Ada", "done"), "the reply")
        assert [m["text"] for m in hers.state.in_order] == [asked["data"]["text"], "Once."]
        assert len(hers.state.turns_of("Ada")) == 1
        await meeting.assert_whole()
    assert shaken_stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_cut_at_any_moment_of_a_send(shaken_stack: Stack, measured: Measured) -> None:
    """Before it is read, before the commit, before the answer, or after it: he sends it again until
    it is answered, and it is there once."""
    moments = random.Random(7)
    async with behind_a_door(shaken_stack) as meeting:
        posted, texts = [], [f"message {number}" for number in range(ROUNDS)]
        for text in texts:
            posting = asyncio.create_task(meeting.his.post(text))
            await asyncio.sleep(moments.uniform(0, 0.03))
            meeting.door.cut()
            posted.append(await posting)
        assert len(meeting.his.opened_at) > ROUNDS / 2, "hardly any socket was cut"
        await meeting.hers.wait(with_text(texts[-1]), "the last message")
        assert [(m["id"], m["text"]) for m in meeting.hers.state.in_order] == list(
            zip(posted, texts, strict=True)
        )
        await meeting.his.wait(with_text(texts[-1]), "the last message")
        await assert_same(meeting.his, meeting.hers)
        assert_all_stored(shaken_stack, meeting.hers.room_id, set(posted))
    measured("one row after the resend", f"{ROUNDS} of {ROUNDS} sends, each cut within 30 ms")


async def test_a_web_process_dies_between_the_commit_and_its_acknowledgement(
    fresh_stack: Callable[..., Stack],
) -> None:
    stack = fresh_stack(webs=1)
    point = stack.stop_point("rooms.commands:execute", "after")
    stack.start_web(stop_at=point)
    staying, dying = stack.base_urls
    stack.provider.script(Step(text="Once.", user="You are Ada"))
    asked = command("@Ada did this arrive?")
    async with AsyncExitStack() as context:
        alice = await context.enter_async_context(Person(staying, "Alice"))
        room_id = await alice.create_room(personas=["Ada"])
        hers = await context.enter_async_context(alice.open(room_id))
        there = await context.enter_async_context(alice.open(room_id, base_url=dying))
        point.arm()
        await there.send(json.dumps(asked))
        await reached(point)
        stack.kill_web(signal.SIGKILL)
        with suppress(WebSocketException):
            await there.wait_closed()
        again = await context.enter_async_context(alice.open(room_id, state=there.state))
        answer = await again.command(asked["type"], command_id=asked["command_id"], **asked["data"])
        await again.wait(ended("Ada", "done"), "the reply")
        assert [m["text"] for m in again.state.in_order] == [asked["data"]["text"], "Once."]
        assert again.state.in_order[0]["id"] == answer["message_id"]
        await hers.wait(ended("Ada", "done"), "the reply")
        await assert_whole(stack, again)
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}
