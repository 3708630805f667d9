"""Waiting for conditions, never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class TimedOutError(AssertionError):
    """What was waited for did not happen."""


def wait_until(is_true: Callable[[], bool], what: str, seconds: float = 30.0, step: float = 0.05) -> None:
    """Returns as soon as `is_true()`; raises TimedOutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise TimedOutError(f"{what}: not within {seconds:g} s")
        time.sleep(step)


async def until(is_true: Callable[[], object], what: str, seconds: float = 15.0, step: float = 0.02) -> None:
    """`wait_until` for coroutines: the loop goes on meanwhile."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise TimedOutError(f"{what}: not within {seconds:g} s")
        await asyncio.sleep(step)
