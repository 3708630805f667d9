"""What one socket is sent: counted, acknowledged, bounded.

Neither Daphne nor the channel layer bounds what a client that does not read costs
(measured: 53 → 1,261 MiB in 50 s), so each frame carries a counter `n`, the client
acknowledges what it handled, and only a window of frames may be unacknowledged. Over it
frames are held back here, those that may be lost dropped first (a client notices by the
deltas' numbers and fetches the text); over the bound, or after too long, the socket is
closed with 4008 and resumes where it was.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from sys import getsizeof
from time import monotonic

from rooms import eager, extensions
from rooms.protocol.events import Heartbeat

# The least often that the protocol allows.
ACKNOWLEDGED_EVERY = 8


@dataclass(frozen=True)
class Window:
    """Limits of an outbox: frames in flight, bytes held back, seconds without progress, and bytes
    in flight, besides which ACKNOWLEDGED_EVERY frames go out."""

    frames: int
    held_bytes: int
    seconds: float
    flight_bytes: int = 500_000


class Outbox:
    """Sends frames in order: at once where the socket takes them, never making the caller wait.

    `send(text)` is the socket's; `give_up()` is called once when the client is too slow.
    """

    def __init__(
        self, send: Callable[[str], Awaitable[None]], give_up: Callable[[], None], window: Window
    ) -> None:
        self._send = send
        self._give_up = give_up
        self._window = window
        self._opening: deque[str] = deque()
        self._queue: deque[str] = deque()
        self._queued_bytes = 0
        self._sent = 0
        self._acknowledged = 0
        # What each unacknowledged frame takes, and all of them: Daphne holds what is not read.
        self._in_flight: deque[int] = deque()
        self._in_flight_bytes = 0
        self._progress_at = monotonic()
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    def put_opening(self, frames: Iterable[str]) -> None:
        """What a connection begins with: sent first, and not counted as held back, since a
        snapshot or replay may be larger than what a slow client is allowed."""
        self._opening.extend(frames)
        self._send_more()

    def put(self, frame: str) -> None:
        """Queue an encoded envelope (a JSON object's text)."""
        if self._is_closed:
            return
        self._queue.append(frame)
        self._queued_bytes += len(frame)
        self._send_more()
        if self._queued_bytes > self._window.held_bytes:
            self._shed()

    def acknowledge(self, n: int) -> None:
        """The client handled frame `n` and all before it."""
        if self._acknowledged < n <= self._sent:
            for _ in range(n - self._acknowledged):
                self._in_flight_bytes -= self._in_flight.popleft()
            self._acknowledged = n
            self._progress_at = monotonic()
            self._send_more()

    def check_progress(self) -> None:
        """Gives up a client that took in nothing for too long. To be called now and then, also
        while there is nothing to be put."""
        if not self._may_send() and monotonic() - self._progress_at > self._window.seconds:
            self._fail()

    async def flushed(self) -> None:
        """Returns when what may be sent was handed to the socket."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def close(self) -> None:
        self._is_closed = True
        self._opening.clear()
        self._queue.clear()
        self._queued_bytes = 0
        if self._task is not None:
            self._task.cancel()

    def _send_more(self) -> None:
        if self._task is None and (self._opening or self._queue) and self._may_send():
            self._task = eager.begin(self._drain())

    def _may_send(self) -> bool:
        count = len(self._in_flight)
        # Clients acknowledge every eighth frame: however large they are, so many go out.
        is_within = count < ACKNOWLEDGED_EVERY or self._in_flight_bytes < self._window.flight_bytes
        return count < self._window.frames and is_within

    async def _drain(self) -> None:
        try:
            while (self._opening or self._queue) and self._may_send():
                if self._opening:
                    frame = self._opening.popleft()
                else:
                    frame = self._queue.popleft()
                    self._queued_bytes -= len(frame)
                if self._sent == self._acknowledged:
                    self._progress_at = monotonic()
                self._sent += 1
                self._in_flight.append(getsizeof(frame))
                self._in_flight_bytes += self._in_flight[-1]
                # The envelope was encoded once for all sockets; only its counter is ours.
                await self._send(f'{{"n":{self._sent},{frame[1:]}')
        except Exception:
            # Most likely the connection is gone; if not, it must not stay open and deaf.
            self._task = None
            self._fail()
        finally:
            self._task = None

    def _shed(self) -> None:
        """Drop what may be lost; give up where that is not enough."""
        droppable = _droppable()
        kept = [frame for frame in self._queue if _type_of(frame) not in droppable]
        self._queue = deque(kept)
        self._queued_bytes = sum(len(frame) for frame in kept)
        if self._queued_bytes > self._window.held_bytes:
            self._fail()

    def _fail(self) -> None:
        if not self._is_closed:
            self.close()
            self._give_up()


def _droppable() -> set[str]:
    # Answers to commands are no events of the log either, but nobody would send them again.
    ephemeral = {event.type for event in extensions.all_events() if event.durability == "ephemeral"}
    return ephemeral | {Heartbeat.type}


def _type_of(frame: str) -> str:
    # The envelope's own keys come first, and none before `type` holds what somebody wrote.
    return frame.split('"type":"', 1)[1].split('"', 1)[0]
