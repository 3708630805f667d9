"""A client that does as the browser's: whenever its socket ends, it comes back to where it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import WebSocketException

from tests.stack.client import Person, Room
from tests.stack.state import Json, RoomState
from tests.stack.waiting import until

_PAUSE_SECONDS = 0.2
_FOR_EVER = 3_600.0


class Returning:
    """Used as a context manager; `room` is the socket of now, None while there is none."""

    def __init__(self, person: Person, room_id: str) -> None:
        self.person = person
        self.room_id = room_id
        self.state = RoomState()
        self.room: Room | None = None
        self.openings = 0
        self._earlier: list[Json] = []

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay())
        await until(lambda: self.state.epoch, "the first frames")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _stay(self) -> None:
        while True:
            state = self.state if self.state.epoch else None
            # Refused, cut in the handshake, or silent: the next attempt is as good as this one.
            with suppress(OSError, TimeoutError, AssertionError, WebSocketException):
                async with self.person.open(self.room_id, state=state) as room:
                    self.room, self.state = room, room.state
                    self.openings += 1
                    try:
                        await room.wait_closed(_FOR_EVER)
                    finally:
                        self._earlier += room.frames
                        self.room = None
            await asyncio.sleep(_PAUSE_SECONDS)

    @property
    def frames(self) -> list[Json]:
        """Of all its sockets; what was fetched over REST is not among them."""
        return [*self._earlier, *(self.room.frames if self.room else [])]

    def was_told(self, message_id: str) -> bool:
        """Whether the message came over a socket, as it does where the channel layer works."""
        return any(
            frame["type"] == "message.posted" and frame["data"]["message"]["id"] == message_id
            for frame in self.frames
        )

    async def wait(self, is_true: Callable[[RoomState], Any], what: str, seconds: float = 15) -> None:
        await until(lambda: is_true(self.state), what, seconds)
