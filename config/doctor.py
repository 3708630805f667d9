"""What `manage.py doctor` looks at: each service that Parley needs, and the mend."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import redis
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from llm import presence, resolution
from rooms import redis_clients

Verdict = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """`subject` was looked at; `sentence` says how it is, and for a problem what mends it."""

    verdict: Verdict
    subject: str
    sentence: str


def examine() -> Iterator[Finding]:
    """Every finding, in the order in which a start needs things."""
    for look in LOOKS:
        try:
            yield from look()
        except Exception as error:
            yield Finding("problem", look.__name__.strip("_"), f"Could not be looked at: {error}.")


def _settings() -> Iterator[Finding]:
    messages = [m for m in checks.run_checks() if m.level >= checks.WARNING]
    for message in messages:
        yield Finding("problem", "settings", f"{message.msg} {message.hint or ''}".strip())
    if not messages:
        yield Finding("ok", "settings", "All can be read, and the front end is built.")


def _data_directory() -> Iterator[Finding]:
    directory = settings.DATA_DIR
    if not os.access(directory, os.W_OK):
        yield Finding(
            "problem", "data", f"{directory} can't be written: give it to the user who runs Parley."
        )
    elif directory.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("problem", "data", f"Others can read {directory}: chmod 700 {directory}.")
    else:
        yield Finding("ok", "data", f"{directory} is private and can be written.")


def _database() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        yield Finding("problem", "database", "It does not answer: start it, or mend DATABASE_URL.")
        return
    if waiting:
        yield Finding("problem", "database", f"{len(waiting)} migrations wait: run manage.py migrate.")
    else:
        yield Finding("ok", "database", f"{connection.display_name} answers and is up to date.")


def _redis() -> Iterator[Finding]:
    client = redis_clients.blocking()
    try:
        client.ping()
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
        limit = int(client.config_get("maxmemory").get("maxmemory") or 0)
    except redis.RedisError:
        yield Finding(
            "problem", "redis", "It does not answer: start Parley with scripts/run, or mend REDIS_URL."
        )
        return
    if limit and policy != "noeviction":
        yield Finding("problem", "redis", f"It may evict tasks ({policy}): set maxmemory-policy noeviction.")
    else:
        yield Finding("ok", "redis", "It answers and keeps what it is given.")
    workers = presence.workers()
    if workers:
        yield Finding("ok", "workers", f"{workers} alive.")
    else:
        yield Finding("problem", "workers", "None is alive, so no persona answers: start one (scripts/run).")


def _models() -> Iterator[Finding]:
    model = resolution.resolve("", "").name
    if resolution.is_demo():
        yield Finding(
            "note", "models", "No key is set: scripted demo voices answer. Set OPENAI_API_KEY or another."
        )
    else:
        yield Finding("ok", "models", f"Personas without a model of their own answer with {model}.")


LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (_settings, _data_directory, _database, _redis, _models)
