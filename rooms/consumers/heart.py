"""The heartbeat of a process's sockets, taken together.

Each socket is told its room's newest number every ROOMS_HEARTBEAT_SECONDS, and looked at:
does its person still have the seat and the session that it was opened with? One by one that
was three statements, a round trip to Redis and two changes of threads a socket; with 200
sockets a sixth of a core, and a thread that computes may hold up the loop for 5 ms (the
GIL's interval) in the middle of a fan-out: p95 of a message was 110-180 ms, taken together it
is 41 (bench/fanout.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass
from time import monotonic
from typing import Protocol
from uuid import UUID

from django.conf import settings

from rooms import presence
from rooms.access import Seat
from rooms.consumers.admission import Admission, look_again
from rooms.database import in_database

logger = logging.getLogger(__name__)

# Sockets beat at their own moments, rounded to a tick: all at once would be a burst of frames.
TICKS = 8


class Beating(Protocol):
    """What the heart knows of a socket."""

    def check_progress(self) -> None:
        """Close, if the client took in nothing for too long."""

    def expel(self) -> None:
        """Close: the person lost the seat, or the session ended."""

    def beat(self, seat: Seat, present: list[UUID] | None) -> None:
        """Tell the room's newest number, and who is here, where the client was told otherwise."""


@dataclass
class _Pulse:
    """`line` is the socket's in its room's presence, `due` a moment of `monotonic`."""

    admission: Admission
    line: str
    due: float


class Heart:
    """All sockets of one event loop that were opened. Beats while it has any."""

    def __init__(self) -> None:
        self._pulses: dict[Beating, _Pulse] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, socket: Beating, admission: Admission, line: str) -> None:
        """`line` is the socket's in its room's presence, which the heart renews."""
        self._pulses[socket] = _Pulse(admission, line, monotonic() + settings.ROOMS_HEARTBEAT_SECONDS)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def remove(self, socket: Beating) -> None:
        """Removing twice, or what was never added, does no harm."""
        self._pulses.pop(socket, None)
        if not self._pulses and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            tick = settings.ROOMS_HEARTBEAT_SECONDS / TICKS
            await asyncio.sleep(tick)
            try:
                for socket in tuple(self._pulses):
                    socket.check_progress()
                await self._beat(self._take_due(monotonic() + tick / 2))
            except Exception as error:
                # Most likely the database is away. Clients that miss heartbeats connect again.
                logger.warning("No heartbeats: %s", type(error).__name__)

    def _take_due(self, until: float) -> dict[Beating, _Pulse]:
        due = {socket: pulse for socket, pulse in self._pulses.items() if pulse.due <= until}
        for pulse in due.values():
            pulse.due = max(pulse.due, monotonic()) + settings.ROOMS_HEARTBEAT_SECONDS
        return due

    async def _beat(self, due: dict[Beating, _Pulse]) -> None:
        if not due:
            return
        seats = await in_database(look_again, [pulse.admission for pulse in due.values()])
        lines: dict[UUID, list[str]] = defaultdict(list)
        for (socket, pulse), seat in zip(due.items(), seats, strict=True):
            if seat is None:
                socket.expel()
            else:
                lines[seat.room.pk].append(pulse.line)
        present = await presence.renew(lines)
        for socket, seat in zip(due, seats, strict=True):
            # It may have been closed meanwhile.
            if seat is not None and socket in self._pulses:
                socket.beat(seat, present.get(seat.room.pk))


_hearts: dict[asyncio.AbstractEventLoop, Heart] = {}


def heart() -> Heart:
    """The running loop's heart."""
    return _hearts.setdefault(asyncio.get_running_loop(), Heart())
