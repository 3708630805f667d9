"""A TCP proxy that breaks things on command: between a client and a web process, or between
a process and Redis, PostgreSQL or a provider.

with Proxy(("127.0.0.1", port)) as proxy:
    …            # connect to proxy.host, proxy.port
    proxy.cut()  # every connection is reset, new ones go through
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

# Where the proxy leads: a host and a port, or the path of a Unix socket.
Target = tuple[str, int] | str
Mode = Literal["open", "refusing", "silent", "mute"]

_READ_BYTES = 65_536
# A close that resets instead of saying goodbye.
_RESET = struct.pack("ii", 1, 0)


class Proxy:
    """One listening port on loopback, run by a thread of its own; all methods are thread-safe
    and have taken effect when they return.

    open      everything goes through, `delay` seconds late
    refusing  open connections are reset, new ones too, as if nobody listened
    silent    connections are taken and stay, and nothing goes through any more: a black hole.
              What came meanwhile is handed on once it is open again, as TCP would.
    mute      what clients send goes through, and every answer is lost; connections that lost
              one are reset once it is open again
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.host = "127.0.0.1"
        self.port = 0
        self._mode: Mode = "open"
        self._delay = 0.0
        self._halves = False
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def connections(self) -> int:
        return len(self._links)

    # --- What breaks ----------------------------------------------------------------

    def cut(self) -> None:
        """Resets every connection; new ones go through."""
        self._do(self._cut)

    def refuse(self) -> None:
        """Resets every connection, and new ones as soon as they are made."""

        def do() -> None:
            self._set_mode("refusing")
            self._cut()

        self._do(do)

    def go_silent(self) -> None:
        self._do(lambda: self._set_mode("silent"))

    def go_mute(self) -> None:
        self._do(lambda: self._set_mode("mute"))

    def restore(self) -> None:
        """Open again, at once, whole."""

        def do() -> None:
            self._delay, self._halves = 0.0, False
            self._set_mode("open")
            for link in [link for link in self._links if link.has_lost]:
                link.reset()

        self._do(do)

    def delay(self, seconds: float) -> None:
        """Everything comes so much later from now on, in both directions."""
        self._do(lambda: setattr(self, "_delay", seconds))

    def halve(self) -> None:
        """Of the next piece that the target sends only half goes through, then it is cut."""
        self._do(lambda: setattr(self, "_halves", True))

    # --- Inside -----------------------------------------------------------------------

    def _do(self, act: Callable[[], object]) -> None:
        async def acting() -> None:
            act()

        asyncio.run_coroutine_threadsafe(acting(), self._loop).result(5)

    def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        for link in self._links:
            link.changed.set()

    def _cut(self) -> None:
        for link in list(self._links):
            link.reset()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        self._cut()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode == "refusing":
            _reset(writer)
            return
        try:
            if isinstance(self.target, str):
                far_reader, far_writer = await asyncio.open_unix_connection(self.target)
            else:
                far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            _reset(writer)  # nobody listens there
            return
        link = _Link(writer, far_writer)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(reader, far_writer, link, is_answer=False))
                pumps.create_task(self._pump(far_reader, writer, link, is_answer=True))
        except* OSError:
            pass  # one end is gone, and so is the other
        finally:
            self._links.discard(link)
            link.reset()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: _Link, *, is_answer: bool
    ) -> None:
        while piece := await reader.read(_READ_BYTES):
            if self._delay:
                await asyncio.sleep(self._delay)
            while self._mode == "silent":
                link.changed.clear()
                await link.changed.wait()
            if is_answer and self._mode == "mute":
                link.has_lost = True
                continue
            if is_answer and self._halves:
                self._halves = False
                writer.write(piece[: len(piece) // 2])
                await writer.drain()
                raise ConnectionResetError
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


class _Link:
    """The two ends of one connection."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._ends = (near, far)
        self.changed = asyncio.Event()
        self.has_lost = False

    def reset(self) -> None:
        for end in self._ends:
            _reset(end)


def _reset(writer: asyncio.StreamWriter) -> None:
    end = writer.get_extra_info("socket")
    if end is not None and end.family != socket.AF_UNIX:
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
