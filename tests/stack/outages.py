"""A stack's database goes away on command, and comes back as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from tests.stack.proxy import Proxy, Target

# How a server can be away: nobody listens (it was stopped), or nobody answers (it is frozen, or
# the network is). A file can be held by another process: reading goes on, writing does not.
Way = Literal["refusing", "silent", "locked"]

_POSTGRES_PORT = 5432


class Outage(Protocol):
    """What can be away. `leave` returns when nothing gets through any more."""

    def leave(self, way: Way) -> None: ...

    def come_back(self) -> None: ...

    def restart(self) -> None:
        """Away for no time, with all connections dead after it."""
        ...


class ServerOutage:
    """PostgreSQL behind a proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def leave(self, way: Way) -> None:
        if way == "refusing":
            self._proxy.refuse()
        else:
            self._proxy.go_silent()

    def come_back(self) -> None:
        self._proxy.restore()

    def restart(self) -> None:
        self._proxy.cut()


class FileOutage:
    """A SQLite file that this process locks. Used from one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._holder: sqlite3.Connection | None = None

    def leave(self, way: Way) -> None:
        self._holder = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        self._holder.execute("BEGIN EXCLUSIVE")

    def come_back(self) -> None:
        if self._holder is not None:
            self._holder.rollback()
            self._holder.close()
            self._holder = None

    def restart(self) -> None:
        raise NotImplementedError("a file has no connections")


@contextmanager
def proxied(url: str) -> Iterator[tuple[str, Proxy]]:
    """A proxy before the PostgreSQL of `url`, and the URL that leads through it."""
    with Proxy(_server_of(url)) as proxy:
        parts = urlsplit(url)
        account = parts.netloc.rpartition("@")[0]
        place = f"{proxy.host}:{proxy.port}"
        # `host` among the options would win over the one in front.
        query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name != "host"])
        netloc = f"{account}@{place}" if account else place
        yield urlunsplit(parts._replace(netloc=netloc, query=query)), proxy


def _server_of(url: str) -> Target:
    """Where it listens: on a Unix socket where its host is a directory, as libpq has it."""
    parts = urlsplit(url)
    host = dict(parse_qsl(parts.query)).get("host", unquote(parts.hostname or "127.0.0.1"))
    port = parts.port or _POSTGRES_PORT
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
