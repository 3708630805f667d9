"""A client that never reads, and what a web process pays for it."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import socket
import struct
import time
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.stack.client import Person

# As little as Linux grants: what is not read has to stay with the server soon.
_RECEIVE_BYTES = 4_096
_HANDSHAKE_SECONDS = 30
# Of Linux: include/net/tcp_states.h.
_ESTABLISHED = 1


class Stalled:
    """A socket to a room that was opened as it should be, and of which nothing is read afterwards.

    Done by hand: a WebSocket library reads ahead, and answers pings.
    """

    def __init__(self, person: Person, room_id: str) -> None:
        self._person = person
        self._room_id = room_id
        self._socket = socket.socket()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    @property
    def is_ended(self) -> bool:
        """Whether the server has let go of the connection."""
        state = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state != _ESTABLISHED

    async def flood(self, seconds: float, frame: bytes) -> None:
        """Sends it again and again, as much as the server takes, until the time is over or the server
        has enough."""
        loop, deadline = asyncio.get_running_loop(), monotonic() + seconds
        self._socket.setblocking(False)
        pieces = frame * max(1, 50_000 // len(frame))
        with suppress(OSError, TimeoutError):
            while not self.is_ended:
                async with asyncio.timeout(deadline - monotonic()):
                    await loop.sock_sendall(self._socket, pieces)

    def _open(self) -> None:
        parts = urlsplit(self._person.base_url)
        cookies = "; ".join(f"{name}={value}" for name, value in self._person.http.cookies.items())
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        self._socket.settimeout(_HANDSHAKE_SECONDS)
        self._socket.connect((parts.hostname, parts.port))
        head = [
            f"GET /ws/rooms/{self._room_id}/ HTTP/1.1",
            f"Host: {parts.netloc}",
            f"Origin: {self._person.base_url}",
            f"Cookie: {cookies}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        ]
        self._socket.sendall("\r\n".join([*head, "", ""]).encode())
        # Only looked at: the server has opened the room for it, and none of it is read.
        deadline = monotonic() + _HANDSHAKE_SECONDS
        while b'"type":"hello"' not in (answer := self._socket.recv(_RECEIVE_BYTES, socket.MSG_PEEK)):
            assert b"HTTP/1.1 101".startswith(answer[:12]), answer
            assert monotonic() < deadline, "no opening frame"
            time.sleep(0.005)


def masked(opcode: int, payload: bytes) -> bytes:
    """A whole frame as a client sends it, with a mask of zeros."""
    length = len(payload)
    if length < 126:
        size = struct.pack("!B", 0x80 | length)
    elif length < 65_536:
        size = struct.pack("!BH", 0x80 | 126, length)
    else:
        size = struct.pack("!BQ", 0x80 | 127, length)
    return bytes([0x80 | opcode]) + size + bytes(4) + payload


def memory_mib(pid: int | None) -> float:
    """What a process has in memory now."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.M)
    assert found
    return int(found[1]) / 1024
