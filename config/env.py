"""Typed readers of the environment. A value that can't be read is kept as a problem,
which `config.checks` reports as a system check, so that a bad setting fails at start
with its mend in the message instead of as a traceback of the settings module.

Every variable says what it is `about` where it is read: docs/operations.md is written from
that (`manage.py export_protocol`), and a misspelt PARLEY_… is found (`config.checks`)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Problem:
    """A setting that could not be read: its variable and what would mend it."""

    variable: str
    mend: str


@dataclass(frozen=True)
class Setting:
    """A variable that Parley reads: `default` in words, `about` one sentence for operators."""

    variable: str
    default: str
    about: str


problems: list[Problem] = []
# In the order in which the settings module reads them.
known: dict[str, Setting] = {}

# How long a database is waited for that is away, or whose file another process has locked. A
# transaction takes milliseconds; a person whose message waits should rather be told, and what
# else writes tries again by itself.
_PATIENCE_SECONDS = 4

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def declare(variable: str, about: str, default: str = "") -> None:
    """Says that `variable` is read, also where another module or a library reads it."""
    known[variable] = Setting(variable, default, about)


def _value(variable: str) -> str:
    return os.environ.get(variable, "").strip()


def text(variable: str, default: str = "", *, named: str | None = None, about: str) -> str:
    """The variable's text, stripped; `default` where it is unset or empty. `named` is the
    default in words, where it is this machine's."""
    declare(variable, about, default if named is None else named)
    return _value(variable) or default


def flag(variable: str, *, default: bool = False, about: str) -> bool:
    """A yes/no variable: 1, true, yes, on or 0, false, no, off."""
    declare(variable, about, "1" if default else "0")
    value = os.environ.get(variable)
    if value is None:
        return default
    word = value.strip().lower()
    if word in _TRUE:
        return True
    if word not in _FALSE:
        problems.append(Problem(variable, f"Set {variable} to 1 or 0 (it is {value!r})."))
    return default if word not in _FALSE else False


def number(
    variable: str, default: float, *, least: float = 0.0, named: str | None = None, about: str
) -> float:
    """A number not below `least`, in the unit that the variable's name says. `named` is the
    default in words, where it depends on something else."""
    declare(variable, about, f"{default:g}" if named is None else named)
    value = _value(variable)
    if not value:
        return default
    try:
        parsed = float(value)
    except ValueError:
        parsed = least - 1
    if not least <= parsed < inf:  # refuses NaN too
        problems.append(Problem(variable, f"Set {variable} to a number of at least {least:g}."))
        return default
    return parsed


def whole(variable: str, default: int, *, least: int = 0, named: str | None = None, about: str) -> int:
    """A whole number not below `least`; a fraction is cut off."""
    return int(number(variable, default, least=least, named=named, about=about))


def words(variable: str, default: Iterable[str] = (), *, about: str) -> list[str]:
    """A list separated by commas."""
    declare(variable, about, ", ".join(default))
    return [word.strip() for word in _value(variable).split(",") if word.strip()] or list(default)


def data_directory(variable: str, default: Path, *, named: str, about: str) -> Path:
    """A directory of what Parley keeps on disk, made private to its user. `named` is the
    default in words."""
    declare(variable, about, named)
    directory = Path(_value(variable) or default).expanduser().resolve()
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        problems.append(
            Problem(variable, f"Set {variable} to a directory that can be made: {error.strerror}.")
        )
    return directory


def secret(variable: str, kept_in: Path, *, about: str) -> str:
    """The variable's secret, else the one in the file `kept_in`, made at the first start."""
    declare(variable, about, f"kept in the data directory's `{kept_in.name}`")
    given = _value(variable)
    if given:
        return given
    try:
        return kept_in.read_text().strip()
    except FileNotFoundError:
        pass
    made = secrets.token_urlsafe(50)
    draft = kept_in.with_name(f"{kept_in.name}.{os.getpid()}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(made)
        # A link is made once and whole: of several processes that start together one wins.
        kept_in.hardlink_to(draft)
    except FileExistsError:
        return kept_in.read_text().strip()
    except OSError as error:
        problems.append(Problem(variable, f"Set {variable}: {kept_in} can't be written ({error.strerror})."))
    finally:
        draft.unlink(missing_ok=True)
    return made


def database(variable: str, sqlite: Path, *, pool_size: int, about: str) -> dict[str, Any]:
    """Django's settings of the database named by a URL; a SQLite file when it is unset.

    `postgres://user:password@host:port/name?sslmode=…` (any libpq option), or
    `sqlite:///absolute/path`. PostgreSQL uses psycopg's own pool, since Django's
    persistent connections do not work under ASGI; `pool_size` is its bound in one process.
    """
    declare(variable, about, f"the SQLite file `{sqlite.name}` in the data directory")
    url = _value(variable)
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:  # brackets or a port that are none
        parts, port = urlsplit("unreadable:"), ""
    name = unquote(parts.path.lstrip("/"))
    if not url or (parts.scheme == "sqlite" and name):
        return _sqlite(Path(unquote(parts.path)) if url else sqlite)
    if parts.scheme not in {"postgres", "postgresql"} or not name:
        problems.append(
            Problem(variable, f"Set {variable} to postgres://user:password@host/name or sqlite:///path.")
        )
        return _sqlite(sqlite)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "config.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", unquote(parts.hostname or "")),
        "PORT": port,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            # A server that is gone without a word is noticed in seconds, and a process that is
            # frozen inside a transaction does not hold a room's row for ever.
            "connect_timeout": 3,
            "tcp_user_timeout": 1_000 * _PATIENCE_SECONDS,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "options": "-c statement_timeout=30s -c idle_in_transaction_session_timeout=10s",
            **query,
            "pool": {
                "min_size": 1,
                "max_size": pool_size,
                "timeout": _PATIENCE_SECONDS,
                # The pause between two attempts doubles until this has passed, then whoever
                # wants a connection begins anew: at psycopg's five minutes a server that was
                # away for one would be found again after another.
                "reconnect_timeout": 2,
            },
        },
    }


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "config.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # Without IMMEDIATE a transaction that reads before it writes fails at once
            # with "database is locked" when another one wrote in between; no busy
            # timeout helps it.
            "transaction_mode": "IMMEDIATE",
            "timeout": _PATIENCE_SECONDS,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
                " PRAGMA temp_store=MEMORY; PRAGMA mmap_size=134217728;"
            ),
        },
        "TEST": {"NAME": str(path.with_name("test.sqlite3"))},
    }
