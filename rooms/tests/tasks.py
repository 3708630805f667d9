"""Waiting for tasks, and ending those that a process would keep for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


async def end_tasks(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel until they are done: before Python 3.12 `wait_for` can swallow a cancellation."""
    pending = {task for task in tasks if task is not None and not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.05)


async def until(is_true: Callable[[], Any], seconds: float = 5) -> None:
    """Returns as soon as `is_true()`; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not is_true():  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0.002)
