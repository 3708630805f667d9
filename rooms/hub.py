"""One subscription a process and room, fanned out to the process's own sockets.

With a channel-layer member per socket a Daphne process saturated at 4,000 to 5,000
frames/s and lost events; handing each event to the sockets directly it delivered twice
that at half the CPU. The hub owns one layer channel, keyed by the running loop (Daphne
has no start-up event: it begins with the first socket), and never awaits a socket.

With Redis away sockets open all the same: the hub goes on trying to subscribe, and
clients fill what they missed by numbers.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from typing import Protocol
from uuid import UUID

from channels.layers import get_channel_layer

from rooms.broadcast import group_name

logger = logging.getLogger(__name__)

RENEW_SECONDS = 5.0
RETRY_SECONDS = 0.5


class Socket(Protocol):
    """What the hub knows of a connection."""

    def deliver(self, frames: list[str]) -> None:
        """Take encoded frames of the room. Must not block and must not raise."""

    def dismiss(self, gone: dict[str, int]) -> None:
        """End, if the socket's participant is one of these: they left, or were removed, with
        the event of this number."""

    def retire(self, after_seconds: float) -> None:
        """End, since the process does; the client is to come back after so long."""


class Hub:
    """All sockets of one process, by room. Lives on one event loop."""

    def __init__(self) -> None:
        self._sockets: dict[str, set[Socket]] = {}
        self._layer = get_channel_layer()
        self._channel: str | None = None
        self._subscribed: set[str] = set()
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        loop = asyncio.get_running_loop()
        self._keeper = loop.create_task(self._keep_subscribed())

    async def join(self, room_id: UUID, socket: Socket, *, wait_seconds: float = 2.0) -> None:
        """From the return on, `socket` is given every frame of the room.

        Waits for the subscription, but no longer than `wait_seconds`: with Redis away
        the socket is a member already and is served from the moment Redis is back.
        """
        room = room_id.hex
        self._sockets.setdefault(room, set()).add(socket)
        if room not in self._subscribed:
            subscribing = asyncio.ensure_future(self._subscribe())
            # Not cancelled by the timeout: it holds the layer's lock across a round trip.
            await asyncio.wait({subscribing}, timeout=wait_seconds)

    def leave(self, room_id: UUID, socket: Socket) -> None:
        """`socket` is given nothing from here on. Leaving twice does no harm."""
        sockets = self._sockets.get(room_id.hex)
        if sockets is None:
            return
        sockets.discard(socket)
        if not sockets:
            del self._sockets[room_id.hex]
            self._wake.set()

    def retire(self, spread_seconds: float) -> None:
        """End every socket; their clients come back at moments spread over `spread_seconds`."""
        for sockets in list(self._sockets.values()):
            for socket in tuple(sockets):
                socket.retire(random.uniform(0, spread_seconds))  # noqa: S311 (no secret)

    async def _subscribe(self) -> None:
        """Bring the subscriptions into line with the rooms that have sockets."""
        async with self._lock:
            try:
                if self._channel is None:
                    self._channel = await self._layer.new_channel("hub.")
                    self._reader = asyncio.get_running_loop().create_task(self._read(self._channel))
                for room in set(self._sockets) - self._subscribed:
                    await self._layer.group_add(group_name(UUID(room)), self._channel)
                    self._subscribed.add(room)
                for room in self._subscribed - set(self._sockets):
                    self._subscribed.discard(room)
                    await self._layer.group_discard(group_name(UUID(room)), self._channel)
            except Exception as error:
                logger.warning("Subscribing to rooms failed: %s", type(error).__name__)

    async def _keep_subscribed(self) -> None:
        while True:
            is_behind = self._channel is None or self._subscribed != set(self._sockets)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), RETRY_SECONDS if is_behind else RENEW_SECONDS)
            self._wake.clear()
            if self._sockets or self._subscribed:
                await self._subscribe()

    async def _read(self, channel: str) -> None:
        # Never under a timeout: cancelling `receive` deletes the channel.
        while True:
            try:
                message = await self._layer.receive(channel)
                sockets = tuple(self._sockets.get(message["room"], ()))
                # Absent in what a process of the version before sent, during an update.
                if gone := message.get("departed"):
                    for socket in sockets:
                        socket.dismiss(gone)
                for socket in sockets:
                    socket.deliver(message["frames"])
            except Exception:
                logger.exception("The hub could not deliver a message")
                await asyncio.sleep(0.1)


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The running loop's hub, started at the first call."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
