"""Work that is gathered and done together, once a tick."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=Hashable)


class Ticker(Generic[T]):
    """Hands what was marked since the last tick to `tick`. Lives on the loop it is made on.

    `seconds()` is read anew for each tick, which begins with the first mark.
    """

    def __init__(self, tick: Callable[[list[T]], Awaitable[None]], seconds: Callable[[], float]) -> None:
        self._tick = tick
        self._seconds = seconds
        self._marked: dict[T, None] = {}
        self._has_work = asyncio.Event()
        self.task = asyncio.get_running_loop().create_task(self._run())

    def mark(self, item: T) -> None:
        self._marked[item] = None
        self._has_work.set()

    def drop(self, item: T) -> None:
        self._marked.pop(item, None)

    async def _run(self) -> None:
        while True:
            await self._has_work.wait()
            await asyncio.sleep(self._seconds())
            self._has_work.clear()
            items, self._marked = list(self._marked), {}
            try:
                await self._tick(items)
            except Exception:
                logger.exception("A tick of %s failed", self._tick.__qualname__)
