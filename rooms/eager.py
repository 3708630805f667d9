"""Coroutines that begin at once: what Python 3.12 has as eager tasks, for 3.11 too.

A task a frame and socket was a third of what a message to 200 watchers cost the loop, and
under Daphne a send never waits for anything.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, cast


def begin(coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Runs `coroutine` up to the first thing that it has to wait for.

    Returns a task for the rest, or None where nothing was left. What it raises before it first
    waits is raised here. Up to there it runs within the caller's task: it must not use what
    belongs to the current task, such as `asyncio.timeout`.
    """
    try:
        awaited = coroutine.send(None)
    except StopIteration:
        return None
    return asyncio.get_running_loop().create_task(_go_on(coroutine, awaited))


async def _go_on(coroutine: Coroutine[Any, Any, None], awaited: Any) -> None:
    await cast("Awaitable[None]", _rest_of(coroutine, awaited))


@types.coroutine
def _rest_of(coroutine: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """Hands on what a coroutine that has begun waits for, and what it is answered (PEP 380)."""
    while True:
        try:
            answer = yield awaited
        except BaseException as error:
            is_raised, answer = True, error
        else:
            is_raised = False
        try:
            awaited = coroutine.throw(answer) if is_raised else coroutine.send(answer)
        except StopIteration:
            return
