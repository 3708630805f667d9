"""Workers that are killed, or freeze, at the worst moment of a turn.

A worker freezes at an exact point (tests/stack/stopping.py) and is killed there, or goes on
when its lease is over. Which promise each test shows stands in README.md.
"""

from __future__ import annotations

import signal

import pytest
import redis
from celery import Celery

from tests.faults.invariants import assert_whole, attempts_of
from tests.faults.moments import START, TOLD, kinds, promised, reached
from tests.stack.meeting import LONG, ended, meeting, streaming
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.stopping import When
from tests.stack.waiting import until

pytestmark = pytest.mark.stack

# Slow enough for a checkpoint (after 1 s) between its second word and its third.
WHOLE = "One two three."


@pytest.fixture
def stack(workerless_stack: Stack) -> Stack:
    return workerless_stack


_MOMENTS = kinds(
    short=[
        pytest.param("llm.turns:begin", "before", "failed", None, id="first text not yet kept"),
        pytest.param("llm.turns:begin", "after", "failed", "One ", id="first text kept"),
        pytest.param("llm.turns:settle", "before", "failed", "One two ", id="before the end"),
        pytest.param("llm.runner:_settle", "after", "done", "One two three.", id="after the end"),
    ],
    long=[
        pytest.param("llm.requests:request_for", "before", "failed", None, id="claimed"),
        pytest.param("llm.turns:checkpoint", "before", "failed", "One two ", id="before a checkpoint"),
        pytest.param("llm.turns:settle", "after", "failed", "One two ", id="the end not committed"),
    ],
)


@pytest.mark.parametrize(("function", "when", "state", "shown"), _MOMENTS)
async def test_a_worker_dies(stack: Stack, function: str, when: When, state: str, shown: str | None) -> None:
    """`shown`: what everybody has at least seen of the reply by then, and therefore keeps."""
    point = stack.stop_point(function, when)
    stack.start_worker(stop_at=point)
    stack.provider.script(Step(text=WHOLE, user="You are Ada", tokens_per_second=0.7))
    async with meeting(stack, "Ada") as (hers, his):
        point.arm()
        await hers.post("@Ada hello")
        await reached(point)
        stack.kill_worker(signal.SIGKILL)
        for room in (hers, his):
            [turn] = await room.wait(ended("Ada", state), "the end", seconds=promised(TOLD))
        texts = [message["text"] for message in his.state.messages_of("Ada")]
        assert len(texts) == (0 if shown is None else 1)
        for text in texts:
            assert text.startswith(shown)
            assert WHOLE.startswith(text)
        assert (turn["error"] or {}).get("code") == ("worker_lost" if state == "failed" else None)
        await assert_whole(stack, his)


async def test_the_room_goes_on_after_a_worker_died(stack: Stack) -> None:
    point = stack.stop_point("llm.runner:_settle")
    stack.start_worker(stop_at=point)
    stack.provider.script(Step(text="One.", user="You are Ada"), Step(text="Again.", user="You are Ada"))
    async with meeting(stack, "Ada") as (hers, his):
        point.arm()
        await hers.post("@Ada hello")
        await reached(point)
        await his.post("@Ada and me?")  # waits behind the turn that is about to be lost
        stack.kill_worker(signal.SIGKILL)
        await his.wait(ended("Ada", "failed"), "the end of the lost turn", seconds=promised(TOLD))
        stack.start_worker(is_waiting=False)  # the sockets have to be read meanwhile
        await his.wait(ended("Ada", "done"), "the turn that waited", seconds=START)
        await assert_whole(stack, his)


async def test_the_broker_delivers_a_task_again_and_again(stack: Stack) -> None:
    for _ in range(2):
        stack.start_worker()
    stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=200))
    broker = Celery(broker=stack.redis_url.replace("unix://", "redis+socket://", 1))
    async with meeting(stack, "Ada") as (hers, his):
        await hers.post("@Ada hello")
        [turn] = await his.wait(lambda room: room.turns_of("Ada"), "the turn")

        def deliver() -> None:
            for _ in range(10):
                broker.send_task("llm.run_turn", args=[turn["id"]], queue="parley")

        deliver()
        await his.wait(streaming("Ada", 100), "some text")
        deliver()
        await his.wait(ended("Ada", "done"), "the end")
        deliver()
        await hers.post("@Bob, that was it.")
        with redis.Redis.from_url(stack.redis_url) as client:
            await until(lambda: client.llen("parley") == 0, "every delivery taken")
        assert [m["text"] for m in his.state.messages_of("Ada")] == [LONG]
        await assert_whole(stack, his)
    assert len(stack.provider.calls()) == 1


@pytest.mark.parametrize("function", kinds(["llm.runner:_settle"], ["llm.turns:checkpoint"]))
async def test_a_worker_that_slept_beyond_its_lease_changes_nothing(stack: Stack, function: str) -> None:
    point = stack.stop_point(function)
    sleeper = stack.start_worker(stop_at=point)
    stack.provider.script(
        Step(text=WHOLE, user="You are Ada", tokens_per_second=0.7),
        Step(text="Again.", user="You are Ada"),
        Step(text="Once more.", user="You are Ada"),
    )
    async with meeting(stack, "Ada") as (hers, his):
        point.arm()
        await hers.post("@Ada hello")
        await reached(point)
        [turn] = await his.wait(ended("Ada", "failed"), "the end of the lost turn", seconds=promised(TOLD))
        stack.start_worker(is_waiting=False)  # the sockets have to be read meanwhile
        await his.command("turn.retry", turn_id=turn["id"])
        await his.wait(ended("Ada", "done"), "the retry", seconds=START)
        sleeper.send(signal.SIGCONT)
        await until(lambda: attempts_of(stack, turn["id"]) == [1], "its late end", seconds=30)
        # It is well, and by the end of another reply has tried all that it still wanted to write.
        stack.kill_worker(signal.SIGKILL)
        await hers.post("@Ada, once more")
        await his.wait(lambda room: len(ended("Ada", "done")(room)) == 2, "its next reply", seconds=START)
        first, second, third = (message["text"] for message in his.state.messages_of("Ada"))
        assert first.startswith("One two ")
        assert WHOLE.startswith(first)
        assert (second, third) == ("Again.", "Once more.")
        await assert_whole(stack, his)
