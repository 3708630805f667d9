"""A room's socket in the test's own process and loop: the consumer behind Channels' sessions."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from channels.routing import URLRouter
from channels.sessions import SessionMiddlewareStack
from channels.testing import WebsocketCommunicator

from rooms import hub
from rooms.routing import websocket_urlpatterns
from rooms.tests.people import Json, Person
from rooms.tests.tasks import end_tasks

_SECONDS = 20  # for what must come, on a machine that stands still for seconds
_application = SessionMiddlewareStack(URLRouter(websocket_urlpatterns))


class Closed(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Socket:
    """`receive` gives the next frame, `expect` the next of a type; both raise Closed.

    A command's reply is taken out of the order: an event may come before it or after it, by
    which of two threads was quicker, and is there to be received in either case.
    """

    def __init__(self, communicator: Any) -> None:
        self._communicator = communicator
        self._passed = deque[Json]()
        self.frames: list[Json] = []

    async def receive(self) -> Json:
        return self._passed.popleft() if self._passed else await self._read()

    async def _read(self) -> Json:
        output = await self._communicator.receive_output(_SECONDS)
        if output["type"] == "websocket.close":
            raise Closed(output["code"])
        frame: Json = json.loads(output["text"])
        self.frames.append(frame)
        return frame

    async def expect(self, kind: str) -> Json:
        """Skips what comes before it."""
        async with asyncio.timeout(_SECONDS):
            while (frame := await self.receive())["type"] != kind:
                pass
        return frame

    async def closed(self) -> int:
        """Reads to the end; returns the close code."""
        try:
            async with asyncio.timeout(_SECONDS):
                while True:
                    await self.receive()
        except Closed as closed:
            return closed.code

    async def send(self, payload: Any) -> None:
        await self.send_text(payload if isinstance(payload, str) else json.dumps(payload))

    async def send_text(self, text: str) -> None:
        await self._communicator.send_to(text_data=text)

    async def send_bytes(self, data: bytes) -> None:
        await self._communicator.send_to(bytes_data=data)

    async def command(self, kind: str, command_id: str | None = None, **data: Any) -> Json:
        """Sends a command; returns its `command.ok` or `command.error` data, with `type` added."""
        command_id = command_id or str(uuid4())
        await self.send({"type": kind, "command_id": command_id, "data": data})
        async with asyncio.timeout(_SECONDS):
            while True:
                frame = await self._read()
                if frame["type"].startswith("command.") and frame["data"]["command_id"] == command_id:
                    return {"type": frame["type"], **frame["data"]}
                self._passed.append(frame)


@asynccontextmanager
async def opened(person: Person | None, room_id: str | UUID, query: str = "") -> AsyncIterator[Socket]:
    headers = person.socket_headers if person else []
    communicator = WebsocketCommunicator(_application, f"/ws/rooms/{room_id}/{query}", headers=headers)
    is_accepted, _ = await communicator.connect(timeout=_SECONDS)
    assert is_accepted
    try:
        yield Socket(communicator)
    finally:
        await communicator.disconnect(timeout=_SECONDS)


async def end_hub() -> None:
    """End the running loop's hub, if a socket started one."""
    ended = hub._hubs.pop(asyncio.get_running_loop(), None)
    if ended is not None:
        await end_tasks(ended._keeper, ended._reader)
