"""A stack of a bench's own, on SQLite or on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.stack.stack import Stack


@contextmanager
def fresh_stack(database: str, **options: Any) -> Iterator[Stack]:
    """A stack in a temporary directory; `options` are those of `Stack`."""
    with (
        tempfile.TemporaryDirectory(prefix="parley-bench-") as directory,
        database_url(database) as url,
        Stack(Path(directory) / "data", database_url=url, **options) as stack,
    ):
        yield stack


def pids_of(stack: Stack) -> dict[str, int]:
    """The processes of a running stack with one web and one worker."""
    children = {"web": stack.webs[0], "worker": stack.workers[0], "valkey": stack.valkey.child}
    return {
        name: child.pid for name, child in children.items() if child is not None and child.pid is not None
    }


@contextmanager
def database_url(database: str) -> Iterator[str | None]:
    """None for SQLite; else the PostgreSQL that DATABASE_URL names, or a throw-away one."""
    if database == "sqlite":
        yield None
    elif url := os.environ.get("DATABASE_URL"):
        yield url
    else:
        with _throw_away_postgresql() as url:
            yield url


@contextmanager
def _throw_away_postgresql() -> Iterator[str]:
    """A cluster on a Unix socket. It keeps `fsync`, which a commit's time consists of."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise SystemExit("No PostgreSQL here: apt-get install postgresql, or set DATABASE_URL.")
    with tempfile.TemporaryDirectory(prefix="parley-pg-") as directory:
        # initdb refuses to run as root.
        account: dict[str, Any] = {"cwd": "/"}
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
            account["user"] = "postgres"
        data = f"{directory}/data"
        initdb = [str(found[-1] / "initdb"), "-D", data, "-A", "trust", "-U", "parley", "--locale=C.UTF-8"]
        subprocess.run(initdb, check=True, capture_output=True, **account)
        settings = f"-c listen_addresses='' -c unix_socket_directories='{directory}' -c max_connections=200"
        control = [str(found[-1] / "pg_ctl"), "-D", data, "-w", "-l", f"{directory}/log"]
        subprocess.run([*control, "-o", settings, "start"], check=True, stdout=subprocess.DEVNULL, **account)
        try:
            yield f"postgres://parley@/postgres?host={directory}"
        finally:
            stop = [*control, "-m", "immediate", "stop"]
            subprocess.run(stop, check=False, stdout=subprocess.DEVNULL, **account)
