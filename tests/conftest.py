"""The whole stack as fixtures, and its logs beside every failure."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.stack.databases import fresh_postgres
from tests.stack.outages import FileOutage, Outage, ServerOutage, proxied
from tests.stack.proxy import Proxy
from tests.stack.stack import Stack, free_port

_running: list[Stack] = []

# Whatever runs the whole stack has processes to start; a test's own time starts after that.
_STACK_SECONDS = 120
_STACKS = {"stack", "demo_stack", "shaken_stack", "fresh_stack", "brittle", "leavable", "workerless_stack"}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack with the scripted provider for the whole run: use rooms of your own."""
    with _started(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def demo_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack without any model: the personas answer from the demo's script."""
    with _started(tmp_path_factory.mktemp("demo"), has_provider=False) as stack:
        yield stack


@pytest.fixture(scope="session")
def shaken_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack with two web processes, for faults that pass: each test leaves it standing."""
    with _started(tmp_path_factory.mktemp("shaken"), webs=2) as stack:
        yield stack


@pytest.fixture(scope="session")
def _workerless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with _started(tmp_path_factory.mktemp("workerless"), workers=0) as stack:
        yield stack


@pytest.fixture
def workerless_stack(_workerless: Stack) -> Iterator[Stack]:
    """One stack for all that bring workers of their own. They end with the test, however that
    ends: one that was left would take the next one's turns."""
    _workerless.provider.reset()
    yield _workerless
    for worker in _workerless.workers:
        worker.kill()


@dataclass(frozen=True)
class Brittle:
    """A stack whose provider is behind a proxy that can fail it."""

    stack: Stack
    proxy: Proxy


@pytest.fixture(scope="session")
def brittle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brittle]:
    """One stack of two web processes that waits for its provider less long than usual."""
    port = free_port()
    with Proxy(("127.0.0.1", port)) as proxy:
        environment = {
            "PARLEY_OPENAI_BASE_URL": f"http://{proxy.host}:{proxy.port}/v1",
            "PARLEY_FIRST_TOKEN_SECONDS": "3",
            "PARLEY_BETWEEN_CHUNKS_SECONDS": "3",
            "PARLEY_RETRY_SECONDS": "0.1",
        }
        directory = tmp_path_factory.mktemp("brittle")
        options = {"webs": 2, "provider_options": ["--port", str(port)], "environment": environment}
        with _started(directory, **options) as stack:
            yield Brittle(stack, proxy)


@dataclass(frozen=True)
class Leavable:
    """A stack whose database can be away."""

    stack: Stack
    database: Outage


@pytest.fixture(scope="session")
def leavable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leavable]:
    """One stack of two web processes; each test leaves it standing, its database there."""
    directory = tmp_path_factory.mktemp("leavable")
    url = os.environ.get("DATABASE_URL")
    if url is None:
        with _started(directory, webs=2) as stack:
            yield Leavable(stack, FileOutage(directory / "db.sqlite3"))
        return
    with fresh_postgres(url) as fresh, proxied(fresh) as (through, proxy):
        options = {"webs": 2, "database_url": None, "environment": {"DATABASE_URL": through}}
        with _started(directory, **options) as stack:
            yield Leavable(stack, ServerOutage(proxy))


@pytest.fixture
def fresh_stack(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """`fresh_stack(webs=2, workers=2, environment={…})`: a stack of the test's own."""
    with ExitStack() as stacks:
        yield lambda **options: stacks.enter_context(_started(tmp_path / f"stack{len(_running)}", **options))


def _started(directory: Path, **options: Any) -> _Noted:
    return _Noted(Stack(directory, **{"database_url": os.environ.get("DATABASE_URL"), **options}))


class _Noted:
    """Keeps a stack in `_running` while it runs, so that a failure can show its logs."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def __enter__(self) -> Stack:
        self.stack.__enter__()
        _running.append(self.stack)
        return self.stack

    def __exit__(self, *error: Any) -> None:
        _running.remove(self.stack)
        self.stack.__exit__(*error)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for number, stack in enumerate(_running, 1):
            tail = "\n".join(stack.logs().splitlines()[-150:])
            report.sections.append((f"logs of stack {number}", tail))
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _STACKS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.timeout(_STACK_SECONDS))
