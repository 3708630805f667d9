"""The floors: servers that do nothing but move the bytes.

    python -m bench.servers echo                  a WebSocket server that returns each frame
    python -m bench.servers relay                 hands each frame on to all other clients
    python -m bench.servers fanout --streams 20   tokens to every client, one frame a tick

Each prints its port on a line of its own and serves until it is stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID, uuid4

from websockets.asyncio.server import ServerConnection, broadcast, serve

from config.processes import BASE_DIR


async def _echo(socket: ServerConnection) -> None:
    async for frame in socket:
        await socket.send(frame)


class Relay:
    """What one client says goes to all others with a counter, as Parley's frames have one."""

    def __init__(self) -> None:
        self.sockets: set[ServerConnection] = set()
        self.n = 0

    async def handle(self, socket: ServerConnection) -> None:
        self.sockets.add(socket)
        try:
            async for frame in socket:
                if isinstance(frame, str) and not frame.startswith('{"type":"ack"'):
                    self.n += 1
                    broadcast(self.sockets - {socket}, f'{{"n":{self.n},{frame[1:]}')
        finally:
            self.sockets.discard(socket)


class Fanout:
    """Tokens as the scripted provider makes them, gathered for a tick, sent as Parley's frames:
    what is left of Parley's streaming when everything is taken away that makes it safe."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.sockets: set[ServerConnection] = set()
        self.gathered: dict[UUID, str] = {}
        self.room = str(uuid4())

    async def handle(self, socket: ServerConnection) -> None:
        self.sockets.add(socket)
        try:
            async for frame in socket:
                if frame == '{"go":true}':
                    self.running = asyncio.create_task(self.run())
        finally:
            self.sockets.discard(socket)

    async def stream(self, message_id: UUID) -> None:
        began = time.monotonic()
        for k in range(self.options.tokens):
            await asyncio.sleep(max(0.0, began + k / self.options.rate - time.monotonic()))
            token = f"⟨{k}:{time.monotonic_ns()}⟩ "
            self.gathered[message_id] = self.gathered.get(message_id, "") + token

    async def run(self) -> None:
        streams = [asyncio.create_task(self.stream(uuid4())) for _ in range(self.options.streams)]
        index, n = 0, 0
        while self.gathered or not all(stream.done() for stream in streams):
            await asyncio.sleep(self.options.tick)
            gathered, self.gathered = self.gathered, {}
            deltas = [
                {"message_id": str(m), "fence": 1, "index": index, "text": text}
                for m, text in gathered.items()
            ]
            index, n = index + 1, n + 1
            envelope = {"n": n, "v": 1, "room": self.room, "seq": None, "at": "2026-01-01T00:00:00.000000Z"}
            envelope |= {"type": "message.deltas", "data": {"deltas": deltas}}
            text = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
            broadcast(self.sockets, text)
        broadcast(self.sockets, f'{{"n":{n + 1},"type":"over"}}')


async def _serve(options: argparse.Namespace) -> None:
    handlers = {
        "echo": lambda: _echo,
        "relay": lambda: Relay().handle,
        "fanout": lambda: Fanout(options).handle,
    }
    async with serve(handlers[options.kind](), "127.0.0.1", 0, compression=None, max_size=None) as server:
        sys.stdout.write(f"{next(iter(server.sockets)).getsockname()[1]}\n")
        sys.stdout.flush()
        # The end of the process that started it ends this one.
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@contextmanager
def running(*arguments: str) -> Iterator[tuple[str, int]]:
    """A server of this module as a process: its address and its process id."""
    command = [sys.executable, "-m", "bench.servers", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=BASE_DIR, env=os.environ, stdin=pipe, stdout=pipe, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"ws://127.0.0.1:{int(process.stdout.readline())}/", process.pid
        finally:
            process.terminate()
            with suppress(BrokenPipeError):
                process.stdin.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kind", choices=["echo", "relay", "fanout"])
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--rate", type=float, default=50.0, help="tokens a second of a stream")
    parser.add_argument("--tokens", type=int, default=500, help="of a stream")
    parser.add_argument("--tick", type=float, default=0.04)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
