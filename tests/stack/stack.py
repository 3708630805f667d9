"""The whole of Parley as real processes, for integration, browser, fault tests and benches:
Valkey, a fresh database, Daphne, Celery workers and the scripted provider."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis

from config.preflight import problems_of
from config.processes import BASE_DIR, Child, web_command, worker_command
from config.valkey import EmbeddedValkey
from tests.stack.clocks import WrongClock
from tests.stack.databases import fresh_postgres
from tests.stack.provider import Provider
from tests.stack.stopping import StopPoint, When
from tests.stack.waiting import wait_until

_PREPARE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False); call_command("seed", verbosity=0)
"""
# What would reach a real provider, or bend the test's settings.
_FOREIGN = ("_API_KEY", "_API_BASE")


_reserved: list[socket.socket] = []


def free_port() -> int:
    """A port for a server of this test run, which takes seconds to start."""
    reserving = socket.socket()
    # As servers have it: two that only wait for their port share it.
    reserving.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserving.bind(("127.0.0.1", 0))
    port: int = reserving.getsockname()[1]
    if sys.platform == "linux":
        # Kept, so that the kernel gives it to nobody who asks for any port meanwhile. Elsewhere the
        # server would be refused.
        _reserved.append(reserving)
    else:
        reserving.close()
    return port


class Stack:
    """Parley in `directory`, used as a context manager.

    `has_provider=False` leaves the server without any model, so that the personas answer
    from the demo's script; `provider_options` are options of the scripted provider (`--echo`).
    `environment` overrides settings. With `database_url` (a
    PostgreSQL) it makes a database of its own there; otherwise it uses SQLite.
    """

    def __init__(
        self,
        directory: Path,
        *,
        webs: int = 1,
        workers: int = 1,
        has_provider: bool = True,
        provider_options: Sequence[str] = (),
        database_url: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.has_provider = has_provider
        self.database_url = database_url
        self.webs: list[Child] = []
        self.workers: list[Child] = []
        self._provider: Provider | None = None
        self._provider_options = provider_options
        self._count = (webs, workers)
        self._extra = dict(environment or {})
        self._ports: list[int] = []
        self._lines: deque[str] = deque(maxlen=5_000)
        self._lines_lock = threading.Lock()
        self._clean_up = ExitStack()
        self._environment: dict[str, str] = {}

    # --- Addresses ----------------------------------------------------------------

    @property
    def base_url(self) -> str:
        return self.base_urls[0]

    @property
    def base_urls(self) -> list[str]:
        """One a web process."""
        return [f"http://127.0.0.1:{port}" for port in self._ports]

    @property
    def ws_url(self) -> str:
        return self.base_url.replace("http", "ws", 1)

    @property
    def provider(self) -> Provider:
        """The scripted provider's controls."""
        if self._provider is None:
            raise RuntimeError("this stack was started with has_provider=False")
        return self._provider

    @property
    def redis_url(self) -> str:
        return self._environment["REDIS_URL"]

    @property
    def environment(self) -> Mapping[str, str]:
        """What the processes were given; for `manage` and for tests that read the database."""
        return dict(self._environment)

    # --- Life -----------------------------------------------------------------------

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._clean_up.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clean_up.close()

    def _start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.endswith(_FOREIGN) and not name.startswith("PARLEY_") and name != "DATABASE_URL"
        }
        self.valkey = EmbeddedValkey(self.directory / "valkey", self._note)
        self._environment = kept | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PARLEY_DATA_DIR": str(self.directory),
            "REDIS_URL": self.valkey.url,
            "PYTHONUNBUFFERED": "1",
            "PYTHONFAULTHANDLER": "1",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "PARLEY_ARRIVALS_PER_MINUTE": "1000000",  # a crowd comes from one address here
        }
        self._clean_up.callback(self.valkey.stop)
        self.valkey.start()
        if self.database_url:
            url = self._clean_up.enter_context(fresh_postgres(self.database_url))
            self._environment["DATABASE_URL"] = url
        if self.has_provider:
            self._start_provider()
        self._environment |= self._extra
        self._run([sys.executable, "-c", _PREPARE], "migrate and seed")
        webs, workers = self._count
        for _ in range(webs):
            self.start_web(is_waiting=False)
        for _ in range(workers):
            self.start_worker(is_waiting=False)
        for port in self._ports:
            self._wait_until_ready(port, needs_worker=workers > 0)

    # --- Processes --------------------------------------------------------------------

    def start_web(self, *, is_waiting: bool = True, stop_at: StopPoint | None = None) -> Child:
        """One more Daphne, on a port of its own."""
        port = free_port()
        command = web_command("127.0.0.1", port)
        child = self._child(f"web{len(self.webs) + 1}", stop_at.command(command) if stop_at else command)
        self.webs.append(child)
        self._ports.append(port)
        if is_waiting:
            self._wait_until_ready(port, needs_worker=False)
        return child

    def start_worker(
        self,
        *,
        is_waiting: bool = True,
        stop_at: StopPoint | None = None,
        clock: WrongClock | None = None,
    ) -> Child:
        """One more Celery worker; waits until it has announced itself."""
        name = f"worker{len(self.workers) + 1}"
        command = worker_command(name)
        for wrapped in (stop_at, clock):
            command = wrapped.command(command) if wrapped else command
        child = self._child(name, command)
        self.workers.append(child)
        if is_waiting:
            self._wait_until_ready(self._ports[-1], needs_worker=True)
            # What a worker that was killed announced holds for some seconds more.
            # As long as a whole stack may take: LiteLLM alone is seconds of work.
            what = f"{name} to announce itself"
            wait_until(lambda: self._has_announced(child), what, seconds=60, step=0.1)
        return child

    def stop_point(self, function: str, when: When = "before") -> StopPoint:
        """Where a process that is started with it freezes once the point is armed."""
        return StopPoint(self.directory / f"stop-{secrets.token_hex(4)}", function, when)

    def kill_worker(self, number: int = signal.SIGKILL, index: int = -1) -> Child:
        """Sends a signal to a worker; after SIGKILL it is gone when this returns."""
        return self._signal(self.workers[index], number)

    def kill_web(self, number: int = signal.SIGKILL, index: int = -1) -> Child:
        return self._signal(self.webs[index], number)

    def manage(self, *arguments: str) -> str:
        """Runs a manage.py command against this stack; returns what it printed."""
        return self._run([sys.executable, "manage.py", *arguments], " ".join(arguments))

    def logs(self) -> str:
        """What the processes printed, in order, each line with its process's name."""
        with self._lines_lock:
            return "\n".join(self._lines)

    # --- Inside -----------------------------------------------------------------------

    def _child(self, name: str, command: list[str], environment: Mapping[str, str] | None = None) -> Child:
        child = Child(name, command, environment or self._environment, self._note)
        # Registered first: an interrupted start leaves no process either.
        self._clean_up.callback(child.stop, 10)
        child.start()
        return child

    def _start_provider(self) -> None:
        told: list[dict[str, Any]] = []

        def on_line(name: str, line: str) -> None:
            self._note(name, line)
            if not told and line.startswith("{"):
                told.append(json.loads(line))

        program = [sys.executable, "-m", "tests.stack.scripted_provider", "--port", "0"]
        command = [*program, *self._provider_options]
        child = Child("provider", command, self._environment, on_line)
        self._clean_up.callback(child.stop, 5)
        child.start()
        wait_until(lambda: bool(told) or not child.is_running, "the provider's port")
        if not told:
            raise AssertionError(f"The scripted provider ended:\n{self.logs()}")
        assert child.pid is not None
        self._provider = Provider(f"http://127.0.0.1:{told[0]['port']}", child.pid)
        self._environment |= {
            "PARLEY_OPENAI_BASE_URL": f"{self.provider.url}/v1",
            "PARLEY_OPENAI_API_KEY": "not-a-real-key",
            "PARLEY_OPENAI_NAME": "scripted",
            "PARLEY_DEFAULT_MODEL": "scripted/parrot",
        }

    def _run(self, command: list[str], what: str) -> str:
        done = subprocess.run(
            command, cwd=BASE_DIR, env=self._environment, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise AssertionError(f"{what} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _wait_until_ready(self, port: int, *, needs_worker: bool) -> None:
        def is_ready() -> bool:
            for child in (*self.webs, *self.workers):
                if child.exit_code not in (None, 0, -signal.SIGKILL):  # 0: a test's own SIGTERM
                    raise AssertionError(f"{child.name} ended with {child.exit_code}:\n{self.logs()}")
            problems = problems_of("127.0.0.1", port)
            return not problems or (problems == ["No worker answers."] and not needs_worker)

        try:
            wait_until(is_ready, "the stack", seconds=60, step=0.1)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{problems_of('127.0.0.1', port)}\n{self.logs()}") from None

    def _has_announced(self, worker: Child) -> bool:
        with redis.Redis.from_url(self.redis_url) as client:
            return bool(client.keys(f"parley:worker:*:{worker.pid}"))

    def _signal(self, child: Child, number: int) -> Child:
        child.send(number)
        if number == signal.SIGKILL:
            child.kill()
        return child

    def _note(self, name: str, line: str) -> None:
        with self._lines_lock:
            self._lines.append(f"{name:<8} | {line}")
