"""A person's connection to a room."""

from __future__ import annotations

import asyncio
import json
import logging
from time import monotonic
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid4

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from rooms import commands, eventlog, snapshots
from rooms.access import Seat, access_room, allows
from rooms.database import in_database
from rooms.errors import ParleyError, not_found
from rooms.hub import hub
from rooms.outbox import Outbox, Window
from rooms.presence import Presence
from rooms.protocol import PROTOCOL_VERSION
from rooms.protocol.events import (
    CommandError,
    CommandOk,
    EventData,
    Heartbeat,
    Hello,
    PresenceChanged,
    TypingChanged,
)
from rooms.viewers import Viewer, viewer_of_socket

logger = logging.getLogger(__name__)

CLOSE_NOT_ALLOWED = 4001
CLOSE_TOO_SLOW = 4008
CLOSE_FLOODING = 4029
CLOSE_TRY_AGAIN = 1013
# An acknowledgement is short, and a client sends one for every eighth frame.
ACK_CHARACTERS = 100
ACK_COST = 0.05
BURST_SECONDS = 5
# An envelope's own keys, which come before its data.
ENVELOPE_CHARACTERS = 160
PRESENCE_MARK = f'"type":"{PresenceChanged.type}"'

# Clients forget a typist after 5 s and say it again every 3.
TYPING_SECONDS = 2.0
# In a larger crowd everybody learns who is here at their own heartbeat: a whole list to
# everybody, for everybody who comes back after a restart, would be megabytes.
PRESENT_WHISPERED_MOST = 50


class RoomConsumer(AsyncWebsocketConsumer):
    """Connect, receive, disconnect; fan-out comes from the hub.

    Order at connect: join the hub, then read the room, then send what was read and what
    arrived meanwhile, so that no event can fall in between.
    """

    # No layer channel of our own: `new_channel` raises with Redis away, and no socket
    # would open.
    channel_layer_alias = None

    async def connect(self) -> None:
        self.room_id: UUID = self.scope["url_route"]["kwargs"]["room_id"]
        self.viewer = Viewer()
        self.seat: Seat | None = None
        self.presence: Presence | None = None
        self.present: list[UUID] | None = None
        self.is_typing = False
        self.typing_at = 0.0
        self.is_dismissed = False
        self.waiting: list[str] | None = []
        self.waiting_bytes = 0
        self.tasks: set[asyncio.Task[Any]] = set()
        self.commands = asyncio.Queue[Any](maxsize=100)
        self.allowance = settings.ROOMS_INBOUND_PER_SECOND * BURST_SECONDS
        self.allowance_at = monotonic()
        window = Window(
            settings.ROOMS_WINDOW_FRAMES, settings.ROOMS_WINDOW_HELD_BYTES, settings.ROOMS_WINDOW_SECONDS
        )
        self.outbox = Outbox(self._send_text, self._give_up, window)
        await self.accept()
        try:
            await self._open()
        except ParleyError:
            await self._abandon(CLOSE_NOT_ALLOWED)
        except DatabaseError:
            logger.exception("A socket of room %s could not be opened", self.room_id)
            await self._abandon(CLOSE_TRY_AGAIN)
        except BaseException:
            # Channels calls no `disconnect` for it, and the hub would hold the socket for ever.
            self._let_go()
            raise

    async def _open(self) -> None:
        self.viewer, self.seat = await in_database(self._enter)
        await hub().join(self.room_id, self)
        # Looked at again: who was removed just before the hub knew this socket was not told.
        self.seat = await in_database(access_room, self.viewer, self.room_id, need="read")
        self.presence = Presence(self.room_id, self.seat.participant.pk, uuid4())
        self.present = await self.presence.stay()
        opening = await in_database(self._opening, self.seat)
        if self.is_dismissed:
            return
        self.outbox.put_opening(opening)
        waiting, self.waiting = self.waiting, None
        self.deliver(waiting or [])
        self._start(self._do_commands())
        self._start(self._beat())
        if self.presence.sockets == 1:
            self._tell_presence(self.present)

    async def disconnect(self, code: int) -> None:
        self._let_go()
        self._type(False)
        if self.presence is not None:
            present = await self.presence.leave()
            if self.presence.sockets == 0:
                self._tell_presence(present)

    async def _abandon(self, code: int) -> None:
        self._let_go()
        await self.close(code)

    def _let_go(self) -> None:
        hub().leave(self.room_id, self)
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
            if PRESENCE_MARK in frame[:ENVELOPE_CHARACTERS]:
                # Whispers of two processes may cross: the next heartbeat says how it really is.
                self.present = None
            self.outbox.put(frame)

    def dismiss(self, gone: list[str]) -> None:
        if self.seat is None or str(self.seat.participant.pk) not in gone or self.is_dismissed:
            return
        self.is_dismissed = True
        self.outbox.close()
        self._start(self.close(CLOSE_NOT_ALLOWED))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        is_ack = text_data is not None and len(text_data) < ACK_CHARACTERS and '"ack"' in text_data
        if not self._is_within_rate(cost=ACK_COST if is_ack else 1.0):
            await self.close(CLOSE_FLOODING)
            return
        if text_data is None or len(text_data) > settings.ROOMS_INBOUND_BYTES:
            self._refuse(None, ParleyError("too_large", "This frame is too large, or not text."))
            return
        try:
            payload = json.loads(text_data)
        except (ValueError, RecursionError):
            payload = None
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

    def _enter(self) -> tuple[Viewer, Seat]:
        viewer = viewer_of_socket(self.scope)
        return viewer, access_room(viewer, self.room_id, need="read")

    def _look_again(self) -> Seat:
        """The seat, if the session or token still names the viewer of the connect, and they
        still have it."""
        if viewer_of_socket(self.scope) != self.viewer:
            raise not_found()
        return access_room(self.viewer, self.room_id, need="read")

    def _opening(self, seat: Seat) -> list[str]:
        """`hello`, then the missed events or a snapshot."""
        query = parse_qs(self.scope["query_string"].decode("ascii", "replace"))
        after = query.get("after", [""])[0]
        epoch = snapshots.epoch()
        head_seq = eventlog.head(self.room_id)
        hello = Hello(
            protocol=PROTOCOL_VERSION,
            build=settings.BUILD,
            epoch=epoch,
            head_seq=head_seq,
            you=snapshots.you_shape(seat),
            present_ids=self.present,
        )
        frames = [self._encode(hello)]
        if (
            after.isdigit()
            and len(after) < 19
            and query.get("epoch", [""])[0] == str(epoch)
            and int(after) <= head_seq
        ):
            try:
                missed = snapshots.missed_events(self.room_id, after=int(after))
                replay = [eventlog.encode_committed(event) for event in missed]
                if sum(map(len, replay)) < settings.ROOMS_REPLAY_CHARACTERS:
                    return frames + replay
            except ParleyError:
                pass
        snapshot = snapshots.room_snapshot(seat)
        return [*frames, eventlog.encode(self.room_id, None, timezone.now(), "snapshot", snapshot)]

    async def _do_commands(self) -> None:
        """One command of a connection at a time, in the order they came."""
        while True:
            payload = await self.commands.get()
            command_id = None
            try:
                frame = commands.parse_frame(payload)
                command_id = frame.command_id
                result = await in_database(commands.execute, self.viewer, self.room_id, frame)
                self.outbox.put(self._encode(CommandOk(command_id=command_id, result=result)))
            except ParleyError as error:
                self._refuse(command_id, error)
            except Exception:
                logger.exception("A command in room %s failed", self.room_id)
                self._refuse(command_id, ParleyError("unavailable", "This could not be done now; try again."))

    async def _beat(self) -> None:
        """Tells the head, so that a lost last event is noticed; looks whether the member still
        is one, since a socket's user is resolved only at connect; and renews its presence,
        telling who is here where a whisper of that was lost, or a process died."""
        while True:
            await asyncio.sleep(settings.ROOMS_HEARTBEAT_SECONDS)
            try:
                seat = await in_database(self._look_again)
            except ParleyError:
                # Removed or logged out since the connection was made.
                await self.close(CLOSE_NOT_ALLOWED)
                return
            except Exception as error:
                logger.warning("No heartbeat in room %s: %s", self.room_id, type(error).__name__)
                continue
            self.seat = seat
            self.outbox.put(self._encode(Heartbeat(head_seq=seat.room.head_seq)))
            present = await self.presence.stay() if self.presence is not None else None
            if present is not None and present != self.present:
                self.present = present
                self.outbox.put(self._encode(PresenceChanged(present_ids=present)))

    def _type(self, is_typing: bool) -> None:
        """Whisper it to the room, unless nothing is new or the seat may not speak."""
        now = monotonic()
        is_repeat = is_typing == self.is_typing and (not is_typing or now - self.typing_at < TYPING_SECONDS)
        if is_repeat or self.seat is None or not self.viewer.may_write:
            return
        if not allows(self.seat.participant, "speak"):
            return
        self.is_typing, self.typing_at = is_typing, now
        who = self.seat.participant.pk
        eventlog.whisper(self.room_id, TypingChanged(participant_id=who, is_typing=is_typing))

    def _tell_presence(self, present: list[UUID] | None) -> None:
        if present is not None and len(present) <= PRESENT_WHISPERED_MOST:
            eventlog.whisper(self.room_id, PresenceChanged(present_ids=present))

    def _refuse(self, command_id: UUID | None, error: ParleyError) -> None:
        refusal = CommandError(
            command_id=command_id, code=error.code, message=error.message, detail=error.detail
        )
        self.outbox.put(self._encode(refusal))

    def _encode(self, data: EventData) -> str:
        return eventlog.encode(self.room_id, None, timezone.now(), data.type, data.model_dump(mode="json"))

    def _is_within_rate(self, *, cost: float) -> bool:
        """A token bucket."""
        now = monotonic()
        rate = settings.ROOMS_INBOUND_PER_SECOND
        self.allowance = min(rate * BURST_SECONDS, self.allowance + (now - self.allowance_at) * rate)
        self.allowance_at = now
        self.allowance -= cost
        return self.allowance >= 0

    async def _send_text(self, text: str) -> None:
        await self.send(text_data=text)

    def _give_up(self) -> None:
        self._start(self.close(CLOSE_TOO_SLOW))

    def _start(self, coroutine: Any) -> None:
        task = asyncio.ensure_future(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
