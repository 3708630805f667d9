"""Child processes: started in a session of their own, their lines handed on, and none of
them left behind. Used by the supervisor and by the tests' stack, so it needs no Django."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# Celery warns about root, whom containers run as; WhiteNoise about a STATIC_ROOT that only
# `collectstatic` fills, which the embedded set-up does without.
_EXPECTED_WARNINGS = ("You're running the worker with superuser", "No directory at")
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def web_command(host: str, port: int) -> list[str]:
    """Daphne. Its own pings (20 s, then 30 s) would buffer for a dead client for 50 s."""
    options = ["-v", "0", "--no-server-name", "--ping-interval", "10", "--ping-timeout", "15"]
    return [sys.executable, "-m", "daphne", *options, "-b", host, "-p", str(port), "config.asgi:application"]


def worker_command(name: str = "worker") -> list[str]:
    """The Celery worker; pool and concurrency also stand in the settings. Gossip, mingle
    and heartbeats are for clusters of other brokers: they cost a second at every start."""
    pool = ["--pool", "threads", "--concurrency", os.environ.get("PARLEY_WORKER_CONCURRENCY", "64")]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    return [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "config",
        "worker",
        *pool,
        *quiet,
        "-n",
        f"{name}@%h",
    ]


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of every child: unbuffered, and without the warnings that we know."""
    warnings = ",".join(f"ignore:{start}" for start in _EXPECTED_WARNINGS)
    own = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": warnings}
    return {**os.environ, **own, **extra}


class Child:
    """One long-lived process.

    `on_line` gets each line that it prints, from a thread. Start it from the main thread
    only: Linux ties the death signal to the thread that forked.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        on_line: Callable[[str, str], None],
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self._on_line = on_line
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self.started_at = 0.0

    def start(self) -> None:
        self._process = subprocess.Popen(
            self.command,
            cwd=BASE_DIR,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # So that Ctrl+C in the terminal reaches the supervisor alone, which then stops
            # the processes in order.
            start_new_session=True,
            preexec_fn=_die_with_parent(os.getpid()),
        )
        self.started_at = time.monotonic()
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """None while it runs (and before it was started)."""
        return self._process.poll() if self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def send(self, number: int) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)

    def stop(self, seconds: float, *, first: int = signal.SIGTERM) -> None:
        """Ends the process within `seconds`, then kills whatever is left of its group."""
        if self._process is None:
            return
        self.send(first)
        try:
            self._process.wait(timeout=max(seconds, 0))
        except subprocess.TimeoutExpired:
            self._on_line(self.name, f"did not stop within {seconds:g} s and is killed")
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole process group, the process itself included."""
        if self._process is None:
            return
        # The group may be empty already; macOS says "not permitted" of a dead one.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._reader:
            self._reader.join(timeout=1)

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in lines:
                self._on_line(self.name, line.decode(errors="replace").rstrip())


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    """Has Linux kill the child when the parent dies, `kill -9` included. Elsewhere a killed
    supervisor leaves its children running."""
    if _libc is None:
        return None

    def in_the_child() -> None:
        # Between fork and exec: nothing here may import, log or take a lock.
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return in_the_child
