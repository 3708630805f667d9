"""Clients that behave badly, in a process of their own: elsewhere they would have a machine of their
own, and the promise is about everybody else's waiting, not about sharing two cores with an attacker.

    python -m tests.faults.outsiders   # one line of JSON, then "misbehave"; see Outsiders

Its sockets are made by hand: a WebSocket library reads ahead, and answers pings.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import selectors
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

from tests.stack.client import Person

_RECEIVE_BYTES = 65_536
# As little as Linux grants: what is not read has to stay with the server soon.
_STALLED_BYTES = 4_096
_HANDSHAKE_SECONDS = 30
# How often who reads says what it has read; a browser says it every eighth frame.
_ACKNOWLEDGED_EVERY = 8
_LOOK_SECONDS = 0.05
# Of Linux: include/net/tcp_states.h.
_ESTABLISHED = 1

TEXT, PING, PONG = 1, 9, 10

Misdeed = Literal["not reading", "commands", "acknowledgements", "garbage", "large frames", "pings"]


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


FLOODS: dict[Misdeed, bytes] = {
    "commands": masked(TEXT, b'{"type":"typing","is_typing":true}'),
    "acknowledgements": masked(TEXT, b'{"type":"ack","n":1}'),
    "garbage": masked(TEXT, b"{" * 1_000),
    "large frames": masked(TEXT, b'"' + b"x" * 900_000 + b'"'),
    "pings": masked(PING, b"x" * 125),
}


@dataclass(frozen=True)
class Order:
    """What the process is told: `count` clients of one person, who come, read, and then misbehave."""

    base_url: str
    room_id: str
    cookies: str
    count: int
    misdeed: Misdeed


class Outsiders:
    """`async with Outsiders(mallory, room_id, 50, "not reading") as bad:` they are there and read;
    after `misbehave()` they do not, or flood, until the server has closed all of them (`ended`)."""

    def __init__(self, person: Person, room_id: str, count: int, misdeed: Misdeed) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
        self._order = Order(person.base_url, room_id, cookies, count, misdeed)

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *("nice", "-n", "19", sys.executable, "-m", "tests.faults.outsiders"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        await self._say(json.dumps(asdict(self._order)))
        await self._hear("open", 120)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def misbehave(self) -> None:
        await self._say("misbehave")

    async def ended(self, seconds: float) -> None:
        """Raises TimeoutError where the server keeps one of them for longer."""
        await self._hear("ended", seconds)

    async def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    async def _hear(self, line: str, seconds: float) -> None:
        assert self._process.stdout is not None
        async with asyncio.timeout(seconds):
            heard = (await self._process.stdout.readline()).decode().strip()
        assert heard == line, f"the outsiders said {heard!r}"


class Client:
    """A socket to a room that was opened as it should be."""

    def __init__(self, order: Order) -> None:
        self.socket = socket.socket()
        self._left = b""
        self._frames = 0
        parts = urlsplit(order.base_url)
        self.socket.settimeout(_HANDSHAKE_SECONDS)
        self.socket.connect((parts.hostname, parts.port))
        # The server's and its own.
        self.ports = (self.socket.getpeername()[1], self.socket.getsockname()[1])
        head = [
            f"GET /ws/rooms/{order.room_id}/ HTTP/1.1",
            f"Host: {parts.netloc}",
            f"Origin: {order.base_url}",
            f"Cookie: {order.cookies}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        ]
        self.socket.sendall("\r\n".join([*head, "", ""]).encode())
        while b"\r\n\r\n" not in self._left:
            self._left += self.socket.recv(_RECEIVE_BYTES)
        answer, _, self._left = self._left.partition(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101"), answer
        while not self._frames:
            self.read()

    @property
    def is_told(self) -> bool:
        """Whether the end of the connection has reached its own end of it."""
        state = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state != _ESTABLISHED

    def read(self) -> None:
        """All that is there, acknowledged as a browser would."""
        before = self._frames
        self._left += self.socket.recv(_RECEIVE_BYTES)
        at = 0
        while (frame := _frame(self._left, at)) is not None:
            opcode, begin, at = frame
            self._frames += opcode == TEXT
            if opcode == PING:
                self.socket.sendall(masked(PONG, self._left[begin:at]))
        self._left = self._left[at:]
        if before // _ACKNOWLEDGED_EVERY != self._frames // _ACKNOWLEDGED_EVERY:
            self.socket.sendall(masked(TEXT, b'{"type":"ack","n":%d}' % self._frames))

    def stall(self) -> None:
        """Nothing more is read."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _STALLED_BYTES)

    async def flood(self, frame: bytes) -> None:
        """Sends it again and again, as fast as the server takes it, until the server has enough."""
        loop = asyncio.get_running_loop()
        self.socket.setblocking(False)
        pieces = frame * max(1, 50_000 // len(frame))
        with suppress(OSError, TimeoutError):
            while not self.is_told:
                # Of who has closed in between, what is sent into the void is not waited for.
                async with asyncio.timeout(1):
                    await loop.sock_sendall(self.socket, pieces)


def _held_by_servers() -> set[tuple[int, int]]:
    """The local and the remote port of every end on this machine that is open in both directions.

    Looked at from the server's: to a client that reads nothing, what would tell it of the end waits
    behind what it has not read.
    """
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return {(_port(row[1]), _port(row[2])) for row in rows if int(row[3], 16) == _ESTABLISHED}


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def _frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Of the server's frame that begins there: its opcode, where its payload begins and ends."""
    if len(data) < at + 2:
        return None
    size, begin = data[at + 1], at + 2
    if size >= 126:
        width = 2 if size == 126 else 8
        if len(data) < begin + width:
            return None
        size, begin = int.from_bytes(data[begin : begin + width]), begin + width
    return None if len(data) < begin + size else (data[at] & 0x0F, begin, begin + size)


def _read_until_told(clients: list[Client]) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ)
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    sys.stdin.readline()
                    return
                key.data.read()


def main() -> None:
    order = Order(**json.loads(sys.stdin.readline()))
    clients = [Client(order) for _ in range(order.count)]
    print("open", flush=True)
    _read_until_told(clients)
    if order.misdeed == "not reading":
        for client in clients:
            client.stall()
    else:
        asyncio.run(_flood(clients, FLOODS[order.misdeed]))
    while _held_by_servers().intersection(client.ports for client in clients):
        time.sleep(_LOOK_SECONDS)
    print("ended", flush=True)


async def _flood(clients: list[Client], frame: bytes) -> None:
    await asyncio.gather(*(client.flood(frame) for client in clients))


if __name__ == "__main__":
    main()
