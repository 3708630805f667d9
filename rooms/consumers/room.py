"""The consumer of a room's sockets: connect, receive, disconnect."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from rooms import commands
from rooms.access import Seat, access_room
from rooms.consumers.admission import admit
from rooms.consumers.attendance import Attendance
from rooms.consumers.heart import heart
from rooms.consumers.inbound import Allowance, parsed
from rooms.consumers.opening import encoded, opening_frames
from rooms.database import AWAY, in_database
from rooms.draining import CLOSE_RESTARTING
from rooms.errors import ParleyError
from rooms.hub import hub
from rooms.outbox import Outbox, Window
from rooms.protocol.events import CommandError, CommandOk, Heartbeat, Reconnect
from rooms.viewers import Viewer

logger = logging.getLogger(__name__)

CLOSE_NOT_ALLOWED = 4001
CLOSE_TOO_SLOW = 4008
CLOSE_FLOODING = 4029
CLOSE_TRY_AGAIN = 1013


class RoomConsumer(AsyncWebsocketConsumer):
    """Connect, receive, disconnect; fan-out comes from the hub.

    Order at connect: join the hub, then read the room, then send what was read and what
    arrived meanwhile, so that no event can fall in between.
    """

    # No layer channel of our own: `new_channel` raises with Redis away, and no socket
    # would open.
    channel_layer_alias = None

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        """As Channels does, but for its look at the database connections of the shared thread,
        which is a change of threads for every frame that comes in: this consumer's database
        work has a pool of its own (`rooms.database`)."""
        handler = getattr(self, get_handler_name(message))
        await handler(message)

    async def connect(self) -> None:
        self.room_id: UUID = self.scope["url_route"]["kwargs"]["room_id"]
        self.viewer = Viewer()
        self.seat: Seat | None = None
        self.attendance: Attendance | None = None
        self.is_dismissed = False
        self.waiting: list[str] | None = []
        self.waiting_bytes = 0
        self.tasks: set[asyncio.Task[Any]] = set()
        self.commands = asyncio.Queue[Any](maxsize=100)
        self.allowance = Allowance()
        window = Window(
            settings.ROOMS_WINDOW_FRAMES, settings.ROOMS_WINDOW_HELD_BYTES, settings.ROOMS_WINDOW_SECONDS
        )
        self.outbox = Outbox(self._send_text, self._give_up, window)
        await self.accept()
        try:
            await self._open()
        except ParleyError:
            await self._abandon(CLOSE_NOT_ALLOWED)
        except AWAY:
            logger.warning("A socket of room %s could not be opened: the database is away", self.room_id)
            await self._abandon(CLOSE_TRY_AGAIN)
        except BaseException:
            # Channels calls no `disconnect` for it, and the hub would hold the socket for ever.
            self._let_go()
            raise

    async def _open(self) -> None:
        admission = await in_database(admit, self.scope, self.room_id)
        self.viewer, self.seat = admission.viewer, admission.seat
        await hub().join(self.room_id, self)
        # Looked at again: who was removed just before the hub knew this socket was not told.
        self.seat = await in_database(access_room, self.viewer, self.room_id, need="read")
        self.attendance = Attendance(self.seat)
        await self.attendance.begin()
        query = self.scope["query_string"]
        opening = await in_database(opening_frames, self.seat, query, self.attendance.present)
        if self.is_dismissed:
            return
        self.outbox.put_opening(opening)
        waiting, self.waiting = self.waiting, None
        self.deliver(waiting or [])
        self._start(self._do_commands())
        heart().add(self, admission, self.attendance.line)
        self.attendance.tell()

    async def disconnect(self, code: int) -> None:
        self._let_go()
        self._type(False)
        if self.attendance is not None:
            await self.attendance.end()

    async def _abandon(self, code: int) -> None:
        self._let_go()
        await self.close(code)

    def _let_go(self) -> None:
        hub().leave(self.room_id, self)
        heart().remove(self)
        self.outbox.close()
        for task in self.tasks:
            task.cancel()

    def deliver(self, frames: list[str]) -> None:
        """Frames from the hub; held until the opening was sent."""
        if self.is_dismissed:
            return
        if self.waiting is not None:
            self.waiting.extend(frames)
            self.waiting_bytes += sum(map(len, frames))
            if self.waiting_bytes > settings.ROOMS_WINDOW_HELD_BYTES:
                self.waiting.clear()
                self._give_up()
            return
        for frame in frames:
            if self.attendance is not None:
                self.attendance.heed(frame)
            self.outbox.put(frame)

    def dismiss(self, gone: dict[str, int]) -> None:
        if self.seat is None or self.is_dismissed:
            return
        # Whoever was found in the room after that number has come back since: the departure
        # was only told late. Seat and number were read by one statement.
        if gone.get(str(self.seat.participant.pk), 0) <= self.seat.room.head_seq:
            return
        self.is_dismissed = True
        self.outbox.close()
        self._start(self.close(CLOSE_NOT_ALLOWED))

    def retire(self, after_seconds: float) -> None:
        if not self.is_dismissed:
            self.is_dismissed = True
            self._start(self._retire(after_seconds))

    async def _retire(self, after_seconds: float) -> None:
        self.outbox.put(encoded(self.room_id, Reconnect(after_ms=round(after_seconds * 1_000))))
        await self.outbox.flushed()
        await self.close(CLOSE_RESTARTING)

    def check_progress(self) -> None:
        self.outbox.check_progress()

    def expel(self) -> None:
        self._start(self.close(CLOSE_NOT_ALLOWED))

    def beat(self, seat: Seat, present: list[UUID] | None) -> None:
        self.seat = seat
        self.outbox.put(encoded(self.room_id, Heartbeat(head_seq=seat.room.head_seq)))
        news = self.attendance.news(present) if self.attendance is not None else None
        if news is not None:
            self.outbox.put(encoded(self.room_id, news))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.allowance.covers(text_data or bytes_data):
            await self.close(CLOSE_FLOODING)
            return
        if text_data is None or len(text_data) > settings.ROOMS_INBOUND_BYTES:
            self._refuse(None, ParleyError("too_large", "This frame is too large, or not text."))
            return
        payload = parsed(text_data)
        if isinstance(payload, dict) and payload.get("type") == "ack":
            if isinstance(payload.get("n"), int):
                self.outbox.acknowledge(payload["n"])
            return
        if isinstance(payload, dict) and payload.get("type") == "typing":
            if isinstance(payload.get("is_typing"), bool):
                self._type(payload["is_typing"])
            return
        try:
            self.commands.put_nowait(payload)
        except asyncio.QueueFull:
            await self.close(CLOSE_FLOODING)

    async def _do_commands(self) -> None:
        """One command of a connection at a time, in the order they came."""
        while True:
            payload = await self.commands.get()
            command_id = None
            try:
                frame = commands.parse_frame(payload)
                command_id = frame.command_id
                result = await in_database(commands.execute, self.viewer, self.room_id, frame)
                self.outbox.put(encoded(self.room_id, CommandOk(command_id=command_id, result=result)))
            except ParleyError as error:
                self._refuse(command_id, error)
            except Exception:
                logger.exception("A command in room %s failed", self.room_id)
                self._refuse(command_id, ParleyError("unavailable", "This could not be done now; try again."))

    def _type(self, is_typing: bool) -> None:
        if self.attendance is not None and self.seat is not None and self.viewer.may_write:
            self.attendance.type(is_typing, self.seat)

    def _refuse(self, command_id: UUID | None, error: ParleyError) -> None:
        refusal = CommandError(
            command_id=command_id, code=error.code, message=error.message, detail=error.detail
        )
        self.outbox.put(encoded(self.room_id, refusal))

    async def _send_text(self, text: str) -> None:
        await self.send(text_data=text)

    def _give_up(self) -> None:
        self._start(self.close(CLOSE_TOO_SLOW))

    def _start(self, coroutine: Any) -> None:
        task = asyncio.ensure_future(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
