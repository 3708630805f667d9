"""A client that does as the browser's: whenever its socket ends, or says nothing for too long,
it comes back to where it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from websockets.exceptions import WebSocketException

from tests.stack.client import Person, Room
from tests.stack.state import Json, RoomState
from tests.stack.waiting import until

_PAUSE_SECONDS = 0.2
_SILENCE_SECONDS = 12.0
_LOOK_SECONDS = 0.05


class Returning:
    """Used as a context manager; `room` is the socket of now, None while there is none."""

    def __init__(self, person: Person, room_id: str) -> None:
        self.person = person
        self.room_id = room_id
        self.state = RoomState()
        self.room: Room | None = None
        # When each of its sockets was open, and with what the earlier ones ended.
        self.opened_at: list[float] = []
        self.closed_with: list[int | None] = []
        self._earlier: list[Json] = []

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._stay())
        await until(lambda: self.state.epoch, "the first frames", seconds=60)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def post(self, text: str, **data: Any) -> str:
        """Says something, again with each socket until one of them answers; the message's id."""
        command_id = str(uuid4())
        while True:
            if self.room is not None:
                with suppress(OSError, TimeoutError, WebSocketException):
                    return await self.room.post(text, command_id=command_id, **data)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _stay(self) -> None:
        while True:
            state = self.state if self.state.epoch else None
            pause = _PAUSE_SECONDS
            # Refused, cut in the handshake, or silent: the next attempt is as good as this one.
            with suppress(OSError, TimeoutError, AssertionError, WebSocketException):
                async with self.person.open(self.room_id, state=state) as room:
                    self.room, self.state = room, room.state
                    self.opened_at.append(monotonic())
                    try:
                        await _ended(room)
                    finally:
                        self._earlier += room.frames
                        self.closed_with.append(room.closed_with)
                        self.room = None
                    pause = _asked_pause(room, pause)
            await asyncio.sleep(pause)

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


async def _ended(room: Room) -> None:
    """Returns when the socket was closed, or has said nothing for so long that it is dead."""
    heard, heard_at = 0, monotonic()
    while room.closed_with is None:
        if len(room.frames) > heard:
            heard, heard_at = len(room.frames), monotonic()
        if monotonic() - heard_at > _SILENCE_SECONDS:
            room.abandon()
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _asked_pause(room: Room, usual: float) -> float:
    """How long to stay away: as a server that ends asked for, else as usual."""
    asked = [frame["data"]["after_ms"] for frame in room.frames if frame["type"] == "reconnect"]
    return asked[-1] / 1_000 if asked else usual
