"""A person at the other end: a session over HTTP with CSRF, and sockets to rooms.

async with Person(stack.base_url, "Alice") as alice:
    room_id = await alice.create_room(personas=["Ada"])
    async with alice.open(room_id) as room:
        await room.post("@Ada hello")
        await room.wait(lambda state: state.messages_of("Ada"), "Ada's reply")
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.stack.state import Json, RoomState
from tests.stack.waiting import TimedOutError

# How long an event out of order is waited for before the replay is asked for.
_GAP_SECONDS = 0.25
_ACKNOWLEDGED_EVERY = 8


class CommandRefusedError(Exception):
    """The server's typed refusal of a command or request."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.code = str(body.get("code"))
        self.body = body


class Person:
    """A browser without a screen; takes a name when it first needs one."""

    def __init__(self, base_url: str, name: str) -> None:
        self.base_url = base_url
        self.name = name
        # `trust_env`: a proxy of the machine has no business between two local processes.
        self.http = httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=15)
        self._csrf = ""

    async def __aenter__(self) -> Self:
        await self.session()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    def move(self, base_url: str) -> None:
        """To another web process, as the same person."""
        self.base_url = base_url
        self.http.base_url = base_url

    # --- HTTP -------------------------------------------------------------------------

    async def session(self) -> Json:
        session = await self.get("/api/session/")
        self._csrf = session["csrf_token"]
        return session

    async def become_guest(self) -> Json:
        session = await self.post("/api/guest/", {"name": self.name})
        self._csrf = session["csrf_token"]
        return session

    async def get(self, path: str, **parameters: Any) -> Json:
        return self._read(await self.http.get(path, params=parameters))

    async def post(self, path: str, body: Json) -> Json:
        headers = {"X-CSRFToken": self._csrf, "Origin": self.base_url}
        return self._read(await self.http.post(path, json=body, headers=headers))

    async def create_room(
        self, name: str = "Workshop", *, personas: list[str] | None = None, visibility: str = "link"
    ) -> str:
        """A new room with the personas of these names; returns its id."""
        await self.become_guest()
        catalogue = {p["name"]: p["id"] for p in (await self.get("/api/personas/"))["results"]}
        body = {
            "command_id": str(uuid4()),
            "name": name,
            "description": "",
            "visibility": visibility,
            "persona_ids": [catalogue[persona] for persona in personas or []],
        }
        return str((await self.post("/api/rooms/", body))["room_id"])

    async def join(self, invite: str, *, title: str = "") -> str:
        """Joins by an invite's token, as a new guest if need be; returns the room's id."""
        body = {"command_id": str(uuid4()), "name": self.name, "title": title}
        room_id = str((await self.post(f"/api/invites/{invite}/join/", body))["room_id"])
        await self.session()
        return room_id

    async def snapshot(self, room_id: str) -> Json:
        return await self.get(f"/api/rooms/{room_id}/")

    def open(self, room_id: str, *, base_url: str | None = None, state: RoomState | None = None) -> Room:
        """A socket to the room, as a context manager. With `state` it resumes after it."""
        return Room(self, room_id, base_url or self.base_url, state)

    def _read(self, response: httpx.Response) -> Json:
        try:
            body = response.json()
        except ValueError:
            body = {"code": "no_json", "detail": response.text[:500]}
        if response.is_error:
            raise CommandRefusedError(response.status_code, body)
        result: Json = body
        return result


class Room:
    """A socket, its acknowledgements, and the state that follows from its frames."""

    def __init__(self, person: Person, room_id: str, base_url: str, state: RoomState | None) -> None:
        self.person = person
        self.room_id = room_id
        self.state = state or RoomState()
        self.frames: list[Json] = []
        self.is_acknowledging = True
        # Called with each frame as it comes, before it is folded: (envelope, time.perf_counter()).
        self.on_frame: Callable[[Json, float], None] | None = None
        self.closed_with: int | None = None
        self._base_url = base_url
        self._resumes = state is not None
        self._answers: dict[str, asyncio.Future[Json]] = {}
        self._changed = asyncio.Condition()
        self._repairs: set[asyncio.Task[None]] = set()
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        url = f"{self._base_url.replace('http', 'ws', 1)}/ws/rooms/{self.room_id}/"
        if self._resumes:
            url += f"?after={self.state.head_seq}&epoch={self.state.epoch}"
        cookies = "; ".join(f"{name}={value}" for name, value in self.person.http.cookies.items())
        self._socket = await connect(
            url,
            origin=self._base_url,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies},
            max_size=None,
            proxy=None,
            compression=None,
        )
        self._reader = asyncio.create_task(self._read(self._socket))
        await self.wait(lambda state: bool(state.epoch) or self.closed_with is not None, "the first frames")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        for task in (*self._repairs, *([self._reader] if self._reader else [])):
            task.cancel()
        if self._socket:
            await self._socket.close()

    def abandon(self) -> None:
        """Leaves without a word, and waits for none."""
        if self._socket:
            self._socket.transport.abort()

    # --- Asking -----------------------------------------------------------------------

    async def send(self, text: str) -> None:
        """A raw frame."""
        if self._socket is None:
            raise RuntimeError("open the room first")
        await self._socket.send(text)

    async def command(self, kind: str, *, command_id: str | None = None, **data: Any) -> Json:
        """Sends a command and returns its result. Raises CommandRefusedError."""
        command_id = command_id or str(uuid4())
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._answers[command_id] = answer
        await self.send(json.dumps({"type": kind, "command_id": command_id, "data": data}))
        async with asyncio.timeout(15):
            return await answer

    async def post(self, text: str, **data: Any) -> str:
        """Says something; returns the message's id."""
        return str((await self.command("message.post", text=text, **data))["message_id"])

    async def wait(self, is_true: Callable[[RoomState], Any], what: str, seconds: float = 15) -> Any:
        """Returns the first true value of `is_true(state)`, looked at after every frame."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                while not (value := is_true(self.state)):
                    await self._changed.wait()
                return value
        except TimeoutError:
            raise TimedOutError(
                f"{what}: not within {seconds:g} s; messages {self.state.in_order},"
                f" turns {list(self.state.turns.values())}, closed with {self.closed_with}"
            ) from None

    async def wait_closed(self, seconds: float = 15) -> int:
        """Waits until the server closes; returns the code."""
        await self.wait(lambda state: self.closed_with is not None, "the close", seconds)
        return int(self.closed_with or 0)

    # --- Reading ----------------------------------------------------------------------

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                await self._handle(json.loads(text))
        except ConnectionClosed:
            pass  # its code is read below, as after an orderly end
        self.closed_with = socket.close_code
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError(f"closed with {socket.close_code}"))
        async with self._changed:
            self._changed.notify_all()

    async def _handle(self, frame: Json) -> None:
        self.frames.append(frame)
        if self.on_frame:
            self.on_frame(frame, time.perf_counter())
        kind, data = frame["type"], frame["data"]
        if kind in ("command.ok", "command.error"):
            self._answer(kind, data)
        self.state.apply(frame)
        if kind == "hello" and self._resumes:
            self.state.you = data["you"]
        if self.is_acknowledging and frame["n"] % _ACKNOWLEDGED_EVERY == 0:
            await self.send(json.dumps({"type": "ack", "n": frame["n"]}))
        if (self.state.is_behind or self.state.gapped) and not self._repairs:
            task = asyncio.create_task(self._repair())
            self._repairs.add(task)
            task.add_done_callback(self._repairs.discard)
        async with self._changed:
            self._changed.notify_all()

    def _answer(self, kind: str, data: Json) -> None:
        answer = self._answers.pop(data["command_id"] or "", None)
        if answer is None or answer.done():
            return
        if kind == "command.ok":
            answer.set_result(data["result"])
        else:
            answer.set_exception(CommandRefusedError(0, data))

    async def _repair(self) -> None:
        """Fetches what was missed: first the deltas' messages, then the events, or all."""
        await asyncio.sleep(_GAP_SECONDS)
        room = f"/api/rooms/{self.room_id}/"
        for message_id in list(self.state.gapped):
            self.state.put_message(await self.person.get(f"{room}messages/{message_id}/"))
        try:
            missed = await self.person.get(f"{room}events/", after=self.state.head_seq)
            for envelope in missed["events"]:
                self.state.apply(envelope)
        except CommandRefusedError as error:
            if error.code != "replay_too_far":
                raise
            self.state.replace(await self.person.snapshot(self.room_id))
        async with self._changed:
            self._changed.notify_all()
