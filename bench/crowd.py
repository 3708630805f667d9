"""The people who watch: how they come into a room, and the process that is all of them."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from typing import Any

from config.processes import BASE_DIR
from tests.stack.client import Person


class Watchers:
    """The process of `bench.watchers`; `result()` waits for its end."""

    def __init__(self, orders: dict[str, Any]) -> None:
        command = [sys.executable, "-m", "bench.watchers"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=BASE_DIR, env=os.environ, stdin=pipe, stdout=pipe)
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(orders).encode() + b"\n")
        self.process.stdin.flush()
        self._expect(b"ready\n")

    def wait(self) -> None:
        self._expect(b"done\n")

    def result(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        result: dict[str, Any] = pickle.load(self.process.stdout)
        self.process.wait(30)
        return result

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _expect(self, line: bytes) -> None:
        assert self.process.stdout is not None
        if self.process.stdout.readline() != line:
            raise SystemExit("the watchers' process ended early")


async def take_seats(owner: Person, room_id: str, count: int) -> list[dict[str, str]]:
    """`count` new members of the owner's room: how each connects."""
    invite = (await owner.snapshot(room_id))["room"]["invite"]
    sockets = []
    for i in range(count):
        async with Person(owner.base_url, f"Watcher {i}") as watcher:
            await watcher.join(invite)
            cookie = "; ".join(f"{name}={value}" for name, value in watcher.http.cookies.items())
        url = f"{owner.base_url.replace('http', 'ws', 1)}/ws/rooms/{room_id}/"
        sockets.append({"url": url, "origin": owner.base_url, "cookie": cookie})
    return sockets
