"""Waiting for tasks and threads, and ending those that a process would keep for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from rooms import database


async def end_tasks(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel until they are done: before Python 3.12 `wait_for` can swallow a cancellation."""
    pending = {task for task in tasks if task is not None and not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.05)


async def until(is_true: Callable[[], Any], seconds: float = 20) -> None:
    """Returns as soon as `is_true()`; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not is_true():  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0.002)


async def database_work_is_done() -> None:
    """Returns when no database thread is at what it was given before: a task that was cancelled
    leaves its thread writing, and the flush after the test would meet it."""
    all_there = threading.Barrier(database.THREADS)
    await asyncio.gather(*(database.in_database(all_there.wait, 10) for _ in range(database.THREADS)))
