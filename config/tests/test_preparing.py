"""Before the start: services are waited for, and a database that changes is copied first."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from config import preparing
from config.processes import BASE_DIR


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "_ASK_AGAIN_SECONDS", 0)


def test_a_service_that_is_late_is_waited_for() -> None:
    answers = iter(["refused", "refused", None])
    said: list[str] = []
    preparing.wait_for("database", lambda: next(answers), said.append, lambda: False)
    assert said == ["Waiting for the database: refused", "The database answers."]


def test_one_that_answers_is_not_spoken_of() -> None:
    said: list[str] = []
    preparing.wait_for("Redis", lambda: None, said.append, lambda: False)
    assert said == []


def test_a_stop_ends_the_waiting() -> None:
    said: list[str] = []
    stops = iter([False, True, True])
    preparing.wait_for("Redis", lambda: "refused", said.append, lambda: next(stops))
    assert said == ["Waiting for Redis: refused"]


def run(directory: Path, *command: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment = kept | {"PARLEY_DATA_DIR": str(directory), "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, *command], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_database_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    keep = "import django; django.setup(); from config.preparing import keep_copy; keep_copy(print)"
    assert run(tmp_path, "-c", keep) == ""  # nothing there yet
    run(tmp_path, "manage.py", "migrate", "--verbosity", "0")
    assert run(tmp_path, "-c", keep) == ""  # up to date
    run(tmp_path, "manage.py", "migrate", "--verbosity", "0", "llm", "zero")
    said = run(tmp_path, "-c", keep)
    (copy,) = (tmp_path / "copies").iterdir()
    assert str(copy) in said
    assert copy.name.endswith("-before-llm-0001_initial.sqlite3")
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as database:
        applied = database.execute("SELECT count(*) FROM django_migrations WHERE app = 'rooms'").fetchone()
        assert applied[0] > 0
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
