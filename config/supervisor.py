"""`manage.py up`: everything that Parley needs, as one foreground command.

Valkey (where no REDIS_URL is given), migrations, seeds, then Daphne and a Celery worker as
children, until Ctrl+C. Own code rather than honcho: honcho ends everything when one child
ends, where we restart it with a backoff; it knows no readiness, no order of stopping and
no death signal, and what is left of it then is the line prefixes.

The order matters:

1. Take the data directory's lock and see that the port is free, before anything runs.
2. Start Valkey: its URL goes into the environment of every process after it.
3. Migrate and seed, since web and worker both read the database as they start.
4. Start web and worker side by side (the worker's LiteLLM takes seconds to import) and
   wait until both answer.
5. Watch: restart what died, and on SIGINT or SIGTERM stop web, worker, Valkey in order.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO

from config.preflight import UpError, check_port, hosts_for, in_url, lock_data_directory, problems_of
from config.processes import BASE_DIR, Child, child_environment, web_command, worker_command
from config.valkey import EmbeddedValkey

_COLOURS = {"web": "36", "worker": "35", "valkey": "33", "parley": "32"}
_READY_SECONDS = 90.0
_TRIES_BEFORE_READY = 3
_LONGEST_BACKOFF = 30.0
_HEALTHY_AFTER = 60.0
# Celery on its way out, speaking of a Ctrl+C that goes to the supervisor here.
_NOISE = ("worker: Hitting Ctrl+C", "worker: Cold shutdown", "worker: Warm shutdown")
# How long each may take to stop: a worker's replies finish or fail within 20 s, and
# it ends itself after 24.
_STOP_SECONDS = {"web": 10.0, "worker": 25.0}


@dataclass(frozen=True)
class Options:
    host: str
    port: int
    data_dir: Path
    is_reloading: bool = False


class LinePrinter:
    """Prefixes each process's lines with its name, coloured where a person reads them."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._is_coloured = output.isatty() and "NO_COLOR" not in os.environ
        self._lock = threading.Lock()

    def __call__(self, name: str, line: str) -> None:
        if name != "parley" and (not line or line.startswith(_NOISE)):
            return
        label = f"{name:<6} |"
        if self._is_coloured:
            label = f"\033[{_COLOURS.get(name, '37')}m{label}\033[0m"
        with self._lock:
            print(f"{label} {line}", file=self._output, flush=True)


@dataclass
class _Watched:
    """A child that is restarted when it ends, and how often that has happened of late."""

    child: Child
    failures: int = 0
    restart_at: float | None = field(default=None)

    def note_end(self) -> float:
        """Counts one more end; returns the seconds until the restart."""
        if time.monotonic() - self.child.started_at > _HEALTHY_AFTER:
            self.failures = 0
        self.failures += 1
        seconds = min(2.0 ** (self.failures - 1), _LONGEST_BACKOFF)
        self.restart_at = time.monotonic() + seconds
        return seconds


class Supervisor:
    """Runs until it is told to stop; `run` returns the exit code."""

    def __init__(
        self, options: Options, prepare: Callable[[Callable[[str], None], Callable[[], bool]], None]
    ) -> None:
        """`prepare(say, is_stopping)` migrates and seeds; it is called with Valkey running."""
        self.options = options
        self._prepare = prepare
        self._printer = LinePrinter(sys.stdout)
        self._stops = 0
        self._valkey: EmbeddedValkey | None = None
        self._watched: list[_Watched] = []
        self._is_ready = False

    def run(self) -> int:
        lock = lock_data_directory(self.options.data_dir)
        check_port(self.options.host, self.options.port)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            self._start()
            self._wait_until_ready()
            self._watch()
        finally:
            self._stop_all()
            os.close(lock)
        return 0

    def say(self, line: str) -> None:
        self._printer("parley", line)

    # --- Starting ---------------------------------------------------------------

    def _start(self) -> None:
        if not os.environ.get("REDIS_URL"):
            self._valkey = EmbeddedValkey(self.options.data_dir / "valkey", self._printer)
            os.environ["REDIS_URL"] = self._valkey.url
            self._watched.append(_Watched(self._valkey.start()))
        os.environ.setdefault("PARLEY_ALLOWED_HOSTS", hosts_for(self.options.host))
        self._prepare(self.say, lambda: self._stops > 0)
        if self._stops:
            return
        commands = {
            "web": web_command(self.options.host, self.options.port),
            "worker": worker_command(),
        }
        for name, command in commands.items():
            child = Child(name, command, child_environment({}), self._printer)
            child.start()
            self._watched.append(_Watched(child))

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not self._stops:
            problems = problems_of(self.options.host, self.options.port)
            if not problems:
                break
            if time.monotonic() > deadline:
                raise UpError(f"Parley did not become ready: {' '.join(problems)} The lines above say more.")
            self._restart_what_died()
            time.sleep(0.1)
        else:
            return
        self._is_ready = True
        host = "127.0.0.1" if self.options.host in {"", "0.0.0.0", "::"} else self.options.host  # noqa: S104 (compared, not bound)
        for line in banner(f"http://{in_url(host)}:{self.options.port}/", self.options.data_dir):
            self.say(line)

    # --- Watching ---------------------------------------------------------------

    def _watch(self) -> None:
        seen = python_files() if self.options.is_reloading else {}
        while not self._stops:
            time.sleep(0.3)
            self._restart_what_died()
            if self.options.is_reloading and (now := python_files()) != seen:
                seen = now
                self._reload()

    def _restart_what_died(self) -> None:
        for watched in self._watched:
            child = watched.child
            if self._stops or child.is_running:
                continue
            if watched.restart_at is None:
                child.kill()  # what it may have left in its process group
                seconds = watched.note_end()
                if not self._is_ready and watched.failures >= _TRIES_BEFORE_READY:
                    raise UpError(
                        f"The {child.name} process ends as soon as it starts: its lines above say why."
                    )
                self.say(
                    f"{child.name} ended (exit code {child.exit_code}); it starts again in {seconds:g} s."
                )
            elif time.monotonic() >= watched.restart_at:
                watched.restart_at = None
                child.start()

    def _reload(self) -> None:
        self.say("Python files changed: restarting web and worker.")
        for watched in self._watched:
            if watched.child.name in _STOP_SECONDS:
                watched.child.stop(3)
                watched.failures, watched.restart_at = 0, None
                watched.child.start()

    # --- Stopping ---------------------------------------------------------------

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # The second one is from somebody who will not wait.
        self._stops += 1
        if self._stops > 1:
            for watched in self._watched:
                watched.child.send(signal.SIGKILL)

    def _stop_all(self) -> None:
        if self._stops:
            self.say("Stopping…")
        for name in ("web", "worker"):
            for watched in self._watched:
                if watched.child.name == name:
                    watched.child.stop(0 if self._stops > 1 else _STOP_SECONDS[name])
        if self._valkey:
            self._valkey.stop()
        if self._stops:
            self.say("Stopped.")


def python_files() -> dict[Path, int]:
    """The modification times of Parley's own Python files."""
    times = {}
    for app in ("config", "rooms", "personas", "llm"):
        for file in (BASE_DIR / app).rglob("*.py"):
            try:
                times[file] = file.stat().st_mtime_ns
            except FileNotFoundError:
                continue  # an editor is just replacing it
    return times


def banner(address: str, data_dir: Path) -> list[str]:
    keys = (
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "OPENROUTER_API_KEY",
        "OLLAMA_API_BASE",
        "PARLEY_OPENAI_BASE_URL",
    )
    lines = ["", f"Parley is ready: {address}", ""]
    if not any(os.environ.get(key) for key in keys):
        lines += [
            "The personas answer from a script, as a demo: no model key is set. For real models stop",
            "Parley and start it with a key, for example OPENAI_API_KEY=… scripts/run (also",
            "ANTHROPIC_API_KEY, OPENROUTER_API_KEY, or OLLAMA_API_BASE for models of your own).",
            "",
        ]
    return [*lines, f"Everything is kept in {data_dir}. Ctrl+C stops Parley.", ""]
