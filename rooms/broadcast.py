"""From a committed change to the processes that hold sockets, over the channel layer.

Sending never waits and never fails: frames go through a bounded queue onto the
process's background loop, since a Redis that refuses costs 0.6 s a send. What is lost
here is noticed by clients (numbers, heartbeats) and filled from the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from uuid import UUID

from channels.layers import get_channel_layer

from rooms import background

logger = logging.getLogger(__name__)

QUEUE = 10_000
# A Redis that hangs would otherwise hold up every room for its socket timeout of 30 s.
SEND_SECONDS = 3.0
# The one handler on the channel layer: user data never chooses a `type`.
MESSAGE_TYPE = "hub.frames"
_NOBODY: Mapping[str, int] = {}


def group_name(room_id: UUID) -> str:
    return f"room.{room_id.hex}"


class _Sender:
    """The queue of one background loop and the task that drains it. Lives on that loop."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[UUID, list[str], Mapping[str, int]]] = asyncio.Queue(maxsize=QUEUE)
        self.lost = 0
        self.task = asyncio.get_running_loop().create_task(self.drain())

    def put(self, room_id: UUID, frames: list[str], gone: Mapping[str, int]) -> None:
        try:
            self.queue.put_nowait((room_id, frames, gone))
        except asyncio.QueueFull:
            self.lost += 1

    async def drain(self) -> None:
        layer = get_channel_layer()
        while True:
            by_room: dict[UUID, tuple[list[str], dict[str, int]]] = {}
            waiting = [await self.queue.get()]
            # Whatever waits goes out together: one publish a room.
            while not self.queue.empty():
                waiting.append(self.queue.get_nowait())
            for room_id, frames, gone in waiting:
                together = by_room.setdefault(room_id, ([], {}))
                together[0].extend(frames)
                together[1].update(gone)
            for room_id, (all_frames, all_departed) in by_room.items():
                message = {
                    "type": MESSAGE_TYPE,
                    "room": room_id.hex,
                    "frames": all_frames,
                    "departed": all_departed,
                }
                try:
                    async with asyncio.timeout(SEND_SECONDS):
                        await layer.group_send(group_name(room_id), message)
                except Exception as error:
                    logger.warning("Broadcast to room %s failed: %s", room_id, type(error).__name__)
            if self.lost:
                logger.warning("The broadcast queue was full: %s broadcasts lost", self.lost)
                self.lost = 0


_senders: dict[asyncio.AbstractEventLoop, _Sender] = {}


def _put(room_id: UUID, frames: list[str], gone: Mapping[str, int]) -> None:
    loop = asyncio.get_running_loop()
    sender = _senders.get(loop)
    if sender is None:
        sender = _senders[loop] = _Sender()
    sender.put(room_id, frames, gone)


def send(room_id: UUID, frames: list[str], gone: Mapping[str, int] = _NOBODY) -> None:
    """Hand encoded frames of one room to every process. Any thread; returns at once.

    `gone` are ids of participants whose sockets end here and get none of the frames, each
    with the number of the event that says so.
    """
    background.loop().call_soon_threadsafe(_put, room_id, frames, gone)
