"""What `manage.py up` does before it starts what reads the database: wait until the services
answer, keep a copy, migrate, seed. In this process: a start of Django costs a second."""

from __future__ import annotations

import io
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import redis
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config.preflight import UpError

COPIES_KEPT = 5
_ASK_AGAIN_SECONDS = 1.0
_SAY_AGAIN_SECONDS = 30.0


def prepare(say: Callable[[str], None], is_stopping: Callable[[], bool]) -> None:
    """Steps: 1. wait for the services; 2. copy a SQLite file that would be migrated;
    3. migrate; 4. seed. Raises UpError with the mend. Does nothing more once stopped."""
    try:
        for name, problem_of in (("database", _database_problem), ("Redis", _redis_problem)):
            wait_for(name, problem_of, say, is_stopping)
        if is_stopping():
            return
        keep_copy(say)
        call_command("migrate", verbosity=0, interactive=False)
        output = io.StringIO()
        call_command("seed", stdout=output)
    except DatabaseError as error:
        raise UpError(f"The database can't be brought up to date ({str(error).strip()}).") from None
    finally:
        # The supervisor lives long and needs the database no more.
        connections.close_all()
        pool = getattr(connections["default"], "pool", None)
        if pool is not None:
            pool.close()
    for line in output.getvalue().splitlines():
        say(line)


def wait_for(
    name: str,
    problem_of: Callable[[], str | None],
    say: Callable[[str], None],
    is_stopping: Callable[[], bool],
) -> None:
    """Until `problem_of()` is None, saying every now and then what is waited for: a machine
    that starts brings its services up in any order."""
    said_at: float | None = None
    while not is_stopping() and (problem := problem_of()) is not None:
        if said_at is None or time.monotonic() - said_at > _SAY_AGAIN_SECONDS:
            say(f"Waiting for the {name}: {problem}".replace("the Redis", "Redis"))
            said_at = time.monotonic()
        time.sleep(_ASK_AGAIN_SECONDS)
    if said_at is not None and not is_stopping():
        say(f"The {name} answers.".replace("The Redis", "Redis"))


def keep_copy(say: Callable[[str], None]) -> Path | None:
    """A copy of the SQLite file beside it, where migrations are about to change it; the copy,
    or None. Made by SQLite itself, so that it is whole while others write."""
    if connection.vendor != "sqlite":
        return None
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not waiting or not executor.loader.applied_migrations:
        return None  # up to date, or new
    directory = settings.DATA_DIR / "copies"
    directory.mkdir(mode=0o700, exist_ok=True)
    migration, _ = waiting[0]
    stamp = timezone.now().strftime("%Y%m%d-%H%M%S")
    copy: Path = directory / f"{stamp}-before-{migration.app_label}-{migration.name}.sqlite3"
    connection.ensure_connection()
    with closing(sqlite3.connect(copy)) as target:
        connection.connection.backup(target)
    copy.chmod(0o600)
    for old in sorted(directory.glob("*.sqlite3"))[:-COPIES_KEPT]:
        old.unlink()
    say(f"A copy of the database as it was is in {copy}.")
    return copy


def _database_problem() -> str | None:
    """Asked without Django's pool, which would go on trying behind our back."""
    if connection.vendor != "postgresql":
        return None
    try:
        psycopg.connect(**connection.get_connection_params()).close()
    except psycopg.OperationalError as error:
        return f"{str(error).strip().splitlines()[0]} (start it, or mend DATABASE_URL)"
    return None


def _redis_problem() -> str | None:
    url = os.environ.get("REDIS_URL", settings.REDIS_URL)  # the supervisor's own comes after the settings
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
            client.ping()
    except redis.RedisError as error:
        return f"{error} (start it, or mend REDIS_URL)"
    return None
