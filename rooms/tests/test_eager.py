"""A coroutine begun at once is a coroutine all the same."""

from __future__ import annotations

import asyncio

import pytest

from rooms import eager


async def test_what_waits_for_nothing_is_done_at_once() -> None:
    steps: list[str] = []

    async def work() -> None:
        steps.append("inner")

    async def outer() -> None:
        await work()
        steps.append("outer")

    assert eager.begin(outer()) is None
    assert steps == ["inner", "outer"]


async def test_the_rest_goes_on_as_a_task() -> None:
    gate = asyncio.Event()
    steps: list[str] = []

    async def work() -> None:
        steps.append("before")
        await gate.wait()
        steps.append("between")
        await asyncio.sleep(0)
        steps.append(await asyncio.get_running_loop().run_in_executor(None, lambda: "after"))

    task = eager.begin(work())
    assert task is not None
    assert steps == ["before"]
    await asyncio.sleep(0)
    assert steps == ["before"]
    gate.set()
    await task
    assert steps == ["before", "between", "after"]


async def test_errors_come_from_where_they_are_raised() -> None:
    async def at_once() -> None:
        raise KeyError

    async def later() -> None:
        await asyncio.sleep(0)
        raise LookupError

    with pytest.raises(KeyError):
        eager.begin(at_once())
    task = eager.begin(later())
    assert task is not None
    with pytest.raises(LookupError):
        await task


async def test_an_error_that_it_waited_for_can_be_caught() -> None:
    failing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    caught: list[str] = []

    async def work() -> None:
        try:
            await failing
        except ConnectionError:
            caught.append("mended")
            await asyncio.sleep(0)

    task = eager.begin(work())
    assert task is not None
    failing.set_exception(ConnectionError())
    await task
    assert caught == ["mended"]


async def test_it_can_be_cancelled_and_cleans_up() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    task = eager.begin(work())
    assert task is not None
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cleaned up"]
