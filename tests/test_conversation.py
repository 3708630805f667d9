"""The first conversation, through real processes: two people, two personas, one provider.

Runs on SQLite, and on PostgreSQL where DATABASE_URL names one.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.stack.client import CommandRefusedError, Person, Room
from tests.stack.meeting import LONG, ended, meeting, streaming
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.state import RoomState
from tests.stack.waiting import until

pytestmark = pytest.mark.stack


async def test_two_people_watch_two_personas_and_see_the_same(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(text=f"From Ada: {LONG}", user="You are Ada", tokens_per_second=400),
        Step(text="From Bo: **no**.\n\n```py\nprint(1)\n```", user="You are Bo", tokens_per_second=100),
    )
    async with meeting(stack, "Ada", "Bo") as (hers, his):
        await hers.post("@Ada and @Bo, shall we?")
        for room in (hers, his):
            await room.wait(ended("Ada", "done"), "Ada's reply")
            await room.wait(ended("Bo", "done"), "Bo's reply")
        assert [m["text"] for m in his.state.messages_of("Ada")] == [f"From Ada: {LONG}"]
        assert [m["text"] for m in his.state.messages_of("Bo")] == [
            "From Bo: **no**.\n\n```py\nprint(1)\n```"
        ]
        await until(lambda: his.state.comparable() == hers.state.comparable(), "both see the same")
        fresh = RoomState()
        fresh.replace(await his.person.snapshot(his.room_id))
        await until(lambda: fresh.comparable() == his.state.comparable(), "what the snapshot shows")
        [turn] = his.state.turns_of("Ada")
        assert turn["usage"]["input_tokens"] == 11
        assert turn["usage"]["output_tokens"] == 7
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_who_joins_in_mid_stream_is_whole(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=250))
    async with meeting(stack, "Ada") as (hers, his):
        await hers.post("@Ada tell us everything")
        await his.wait(streaming("Ada", 300), "some text")
        async with (
            his.person.open(his.room_id) as again,
            his.person.open(his.room_id, state=_copy(hers)) as resumed,
        ):
            for room in (again, resumed):
                await room.wait(ended("Ada", "done"), "the end")
                assert [m["text"] for m in room.state.messages_of("Ada")] == [LONG]


async def test_stop_keeps_the_text_that_everybody_saw(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=60))
    async with meeting(stack, "Ada") as (hers, his):
        await hers.post("@Ada go on and on")
        await hers.wait(streaming("Ada", 100), "some text")
        [turn] = hers.state.turns_of("Ada")
        await his.command("turn.stop", turn_id=turn["id"])
        for room in (hers, his):
            await room.wait(ended("Ada", "stopped"), "the stop")
        [message] = hers.state.messages_of("Ada")
        assert message["state"] == "stopped"
        assert len(message["text"]) > 100
        assert LONG.startswith(message["text"])
        await until(
            lambda: stack.provider.calls()[-1]["closed_at"] is not None, "the provider's connection closed"
        )
        await his.command("turn.stop", turn_id=turn["id"])  # twice does no harm
        assert hers.state.messages_of("Ada") == [message]


async def test_a_killed_worker_leaves_a_failed_reply_with_its_text(fresh_stack: Callable[..., Stack]) -> None:
    stack = fresh_stack()
    stack.provider.script(
        Step(text=LONG, user="go on", tokens_per_second=60), Step(text="Again.", user="go on")
    )
    async with meeting(stack, "Ada") as (hers, his):
        await hers.post("@Ada go on and on")
        await his.wait(streaming("Ada", 100), "some text")
        stack.kill_worker(signal.SIGKILL)
        seen = his.state.messages_of("Ada")[0]["text"]
        [turn] = await his.wait(ended("Ada", "failed"), "the end of the lost turn", seconds=30)
        [message] = his.state.messages_of("Ada")
        assert turn["error"]["code"] == "worker_lost"
        assert message["state"] == "failed"
        assert message["text"].startswith(seen)
        assert LONG.startswith(message["text"])
        stack.start_worker(is_waiting=False)  # the sockets have to be read meanwhile
        await his.command("turn.retry", turn_id=turn["id"])
        await his.wait(ended("Ada", "done"), "the retry", seconds=60)
        assert [m["text"] for m in his.state.messages_of("Ada")] == [message["text"], "Again."]


async def test_a_stalled_provider_is_stopped_at_once(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(Step(text="One two three", user="You are Ada", ending="stall"))
    async with meeting(stack, "Ada") as (hers, _):
        await hers.post("@Ada hello")
        await hers.wait(streaming("Ada", 5), "some text")
        await hers.command("turn.stop_all")
        await hers.wait(ended("Ada", "stopped"), "the stop")
        await until(lambda: stack.provider.calls()[-1]["closed_at"] is not None, "the connection closed")


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (Step(status=401, user="You are Ada"), "auth"),
        (Step(status=429, user="You are Ada", times=2), "rate_limit"),
        (Step(status=500, user="You are Ada", times=2), "unavailable"),
        (Step(status=404, user="You are Ada"), "model_unknown"),
        (Step(text="One two", ending="cut", user="You are Ada"), "truncated"),
        (Step(text="One two", ending="end", finish_reason=None, user="You are Ada"), "truncated"),
    ],
    ids=["401", "429", "500", "404", "cut", "early end"],
)
async def test_a_provider_failure_is_one_sentence_in_the_room(stack: Stack, step: Step, code: str) -> None:
    stack.provider.reset()
    stack.provider.script(step)
    async with meeting(stack, "Ada") as (hers, his):
        await hers.post("@Ada hello")
        [turn] = await his.wait(ended("Ada", "failed"), "the failure")
        assert turn["error"]["code"] == code
        assert turn["error"]["message"].endswith(".")
        assert [m["text"] for m in his.state.messages_of("Ada")] == ([step.text] if step.text else [])
        await hers.post("Never mind.")  # the room goes on
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_the_same_command_twice_is_one_message(stack: Stack) -> None:
    async with meeting(stack) as (hers, his):
        command_id = str(uuid4())
        first = await hers.command("message.post", command_id=command_id, text="Once.")
        again = await hers.command("message.post", command_id=command_id, text="Once.")
        assert again == first
        with pytest.raises(CommandRefusedError) as refused:
            await hers.command("message.post", command_id=command_id, text="Something else.")
        assert refused.value.code == "command_reused"
        await his.post("Done.")
        await hers.wait(lambda room: len(room.in_order) >= 2, "Bob's message")
        assert [m["text"] for m in hers.state.in_order] == ["Once.", "Done."]


async def test_a_stranger_gets_nothing(stack: Stack) -> None:
    async with meeting(stack, "Ada") as (hers, _), Person(stack.base_url, "Carol") as carol:
        await carol.become_guest()
        nowhere = str(uuid4())
        answers = []
        for room_id in (hers.room_id, nowhere):
            with pytest.raises(CommandRefusedError) as refused:
                await carol.snapshot(room_id)
            answers.append((refused.value.status, refused.value.body))
            async with carol.open(room_id) as socket:
                assert await socket.wait_closed() == 4001
                assert socket.frames == []
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


async def test_a_model_that_does_not_exist_fails_with_a_sentence(fresh_stack: Callable[..., Stack]) -> None:
    stack = fresh_stack(has_provider=False, environment={"PARLEY_DEFAULT_MODEL": "nobody/nothing-1"})
    async with meeting(stack, "Ada") as (hers, _):
        await hers.post("@Ada hello")
        [turn] = await hers.wait(ended("Ada", "failed"), "the failure")
        assert turn["error"]["code"] == "model_unknown"
        assert hers.state.messages_of("Ada") == []


def _copy(room: Room) -> RoomState:
    """What a client knew that saw only the beginning: resumes from there by `?after=`."""
    state = RoomState()
    state.epoch, state.room, state.you = room.state.epoch, room.state.room, room.state.you
    state.participants = dict(room.state.participants)
    state.head_seq = min((m["seq"] for m in room.state.in_order), default=1) - 1
    return state
