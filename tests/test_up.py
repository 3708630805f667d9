"""`manage.py up`: one command that starts everything, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from config.preflight import UpError, check_port, lock_data_directory, problems_of
from config.processes import BASE_DIR
from config.valkey import EmbeddedValkey
from tests.stack.stack import free_port
from tests.stack.waiting import wait_until

# Whatever is set of these, `up` would not start of its own.
_GIVEN = {"REDIS_URL", "DATABASE_URL"}
# The process's own time to stop is 10 s for the web and 25 s for the worker.
_STOP_SECONDS = 40


class Up:
    """A running `manage.py up` with a data directory and a port of its own."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.port = free_port()
        self.directory = directory
        self.log = directory / "up.log"
        directory.mkdir(exist_ok=True)
        kept = {
            name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "DATABASE_URL"}
        }
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--port", str(self.port)],
                cwd=BASE_DIR,
                env={
                    **kept,
                    "DJANGO_SETTINGS_MODULE": "config.settings",
                    "PARLEY_DATA_DIR": str(directory),
                    **environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        # The line, not the port: it is printed once everything is watched.
        wait_until(
            lambda: "Parley is ready" in self.log.read_text() or self.process.poll() is not None,
            "ready",
            seconds=100,
        )
        assert self.process.poll() is None, self.log.read_text()

    def children(self) -> set[int]:
        """The processes that know this data directory, the supervisor left out."""
        sign = f"PARLEY_DATA_DIR={self.directory}\0".encode()
        found = set()
        for directory in Path("/proc").iterdir():
            try:
                # Valkey writes its title over its environment, but works in the data directory.
                is_ours = directory.name.isdecimal() and (
                    sign in (directory / "environ").read_bytes()
                    or (directory / "cwd").readlink().is_relative_to(self.directory)
                )
            except OSError:
                continue  # it has just ended, or is somebody else's
            if is_ours and int(directory.name) != self.process.pid:
                found.add(int(directory.name))
        return found


@pytest.fixture
def start_up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    started: list[Up] = []

    def start(**environment: str) -> Up:
        up = Up(tmp_path / "data", environment)
        started.append(up)
        return up

    yield start
    for up in started:
        up.process.kill()
        up.process.wait()


@pytest.mark.stack
@pytest.mark.timeout(150)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; the death signal is Linux's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_after(number: signal.Signals, start_up: Callable[..., Up]) -> None:
    up = start_up()
    up.wait_until_ready()
    assert len(up.children()) == 3  # Valkey, web, worker
    up.process.send_signal(number)
    code = up.process.wait(timeout=_STOP_SECONDS)
    wait_until(lambda: not up.children(), "every child gone", seconds=5)
    if number != signal.SIGKILL:
        assert code == 0
        assert up.log.read_text().rstrip().endswith("Stopped.")


@pytest.mark.stack
@pytest.mark.timeout(150)
def test_a_killed_worker_is_started_again(start_up: Callable[..., Up]) -> None:
    up = start_up()
    up.wait_until_ready()
    before = up.children()
    worker = next(pid for pid in before if b"celery" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(up.children() - before) == 1, "another worker", seconds=15)
    assert worker not in up.children()
    assert "worker ended (exit code -9)" in up.log.read_text()


@pytest.mark.stack
@pytest.mark.timeout(150)
def test_it_waits_for_a_redis_that_is_not_there_yet(start_up: Callable[..., Up], tmp_path: Path) -> None:
    valkey = EmbeddedValkey(tmp_path / "late", lambda name, line: None)
    up = start_up(REDIS_URL=valkey.url)
    wait_until(lambda: "Waiting for Redis: " in up.log.read_text(), "that it says so", seconds=30)
    assert up.process.poll() is None
    valkey.start()
    try:
        up.wait_until_ready()
        assert "Redis answers." in up.log.read_text()
        up.process.send_signal(signal.SIGTERM)
        assert up.process.wait(timeout=_STOP_SECONDS) == 0
    finally:
        valkey.stop()


def test_a_port_in_use_is_named_with_its_mend() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UpError, match=rf"Port {port} is in use: choose another with --port"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    # From a range that is kept for documentation, so no machine has it.
    with pytest.raises(UpError, match="--host"):
        check_port("192.0.2.1", 8000)


def test_one_data_directory_has_one_parley(tmp_path: Path) -> None:
    lock = lock_data_directory(tmp_path)
    with pytest.raises(UpError, match="--data DIR"):
        lock_data_directory(tmp_path)
    os.close(lock)
    os.close(lock_data_directory(tmp_path))


def test_nobody_listening_is_a_problem_and_no_exception() -> None:
    assert problems_of("127.0.0.1", free_port()) == ["The web server does not answer."]


def test_valkey_runs_in_a_directory_too_deep_for_a_socket(tmp_path: Path) -> None:
    valkey = EmbeddedValkey(tmp_path / ("deep" * 30), lambda name, line: None)
    valkey.start()
    wait_until(valkey.answers, "its answer")
    assert valkey.socket.parent.stat().st_mode & 0o777 == 0o700
    valkey.stop()
    assert not valkey.answers()
    assert not valkey.socket.parent.exists()
