"""The deadlines of one call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from llm.gateway.types import Deadlines

T = TypeVar("T")


class Clock:
    """Bounds each wait for the provider: until the first chunk, between chunks, and in all.

    Only waiting is bounded. A timeout that stayed armed while the generator is suspended
    would strike in the consumer's own code.
    """

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._ends_at = now + deadlines.whole
        self._next_at = now + deadlines.first_token

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """The result of `awaitable`, or TimeoutError at the nearest deadline."""
        async with asyncio.timeout_at(min(self._next_at, self._ends_at)):
            return await awaitable

    def restart(self, *, is_thinking: bool) -> None:
        """A chunk has come and was dealt with: the time until the next one starts now."""
        now = self._loop.time()
        self._next_at = now + self._deadlines.between_chunks
        if is_thinking:
            self._ends_at = now + self._deadlines.whole
