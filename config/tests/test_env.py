"""Settings from the environment: read, or refused with the mend."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from config import env
from config.processes import BASE_DIR


@pytest.fixture(autouse=True)
def _no_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "problems", [])
    monkeypatch.setattr(env, "known", {})


def mends() -> list[str]:
    assert all(problem.variable in problem.mend for problem in env.problems)
    return [problem.mend for problem in env.problems]


@pytest.mark.parametrize(
    ("value", "read"),
    [("1", True), ("TRUE", True), (" yes ", True), ("on", True), ("0", False), ("no", False), ("", False)],
)
def test_a_flag(monkeypatch: pytest.MonkeyPatch, value: str, read: bool) -> None:
    monkeypatch.setenv("X_FLAG", value)
    assert env.flag("X_FLAG", default=not read, about="") is read
    assert mends() == []


def test_a_flag_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.flag("X_FLAG", about="") is False
    assert env.flag("X_FLAG", default=True, about="") is True
    monkeypatch.setenv("X_FLAG", "maybe")
    assert env.flag("X_FLAG", default=True, about="") is True
    assert mends() == ["Set X_FLAG to 1 or 0 (it is 'maybe')."]


@pytest.mark.parametrize(
    ("value", "read"), [("", 5.0), (" ", 5.0), ("7", 7.0), ("0.5", 0.5), ("1e3", 1000.0)]
)
def test_a_number(monkeypatch: pytest.MonkeyPatch, value: str, read: float) -> None:
    monkeypatch.setenv("X_SECONDS", value)
    assert env.number("X_SECONDS", 5, least=0.5, about="") == read
    assert mends() == []


@pytest.mark.parametrize("value", ["0.4", "-1", "five", "1,5", "nan", "inf", "-inf"])
def test_a_number_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X_SECONDS", value)
    assert env.number("X_SECONDS", 5, least=0.5, about="") == 5
    assert mends() == ["Set X_SECONDS to a number of at least 0.5."]


def test_words_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_WORDS", " a.org , ,b.org,")
    assert env.words("X_WORDS", about="") == ["a.org", "b.org"]
    assert env.words("X_MISSING", ["*"], about="") == ["*"]
    assert env.text("X_MISSING", "default", about="") == "default"


def database(monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    monkeypatch.setenv("X_URL", url)
    return env.database("X_URL", Path("/data/db.sqlite3"), pool_size=24, about="")


def test_without_a_url_the_database_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = database(monkeypatch, "")
    assert (settings["ENGINE"], settings["NAME"]) == ("config.sqlite", "/data/db.sqlite3")
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database(monkeypatch, "sqlite:///other/my%20db.sqlite3")["NAME"] == "/other/my db.sqlite3"
    assert mends() == []


def test_a_postgresql_url(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = database(monkeypatch, "postgres://par%40ley:p%3Aw%2F@db.example:5433/the%20db?sslmode=require")
    assert settings["ENGINE"] == "config.postgresql"
    assert (settings["USER"], settings["PASSWORD"]) == ("par@ley", "p:w/")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", "5433", "the db")
    assert settings["OPTIONS"]["sslmode"] == "require"
    assert settings["CONN_MAX_AGE"] == 0
    assert settings["OPTIONS"]["pool"]["max_size"] == 24
    by_socket = database(monkeypatch, "postgresql:///parley?host=/run/postgresql")
    assert (by_socket["HOST"], by_socket["PORT"], by_socket["USER"]) == ("/run/postgresql", "", "")
    assert "host" not in by_socket["OPTIONS"]
    assert mends() == []


@pytest.mark.parametrize(
    "url",
    [
        "mysql://x/y",
        "db.sqlite3",
        "postgres",
        "postgres://x:port/y",
        "postgres://[/y",
        "postgres://host",
        "sqlite://",
    ],
)
def test_a_database_url_that_is_none(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert database(monkeypatch, url)["NAME"] == "/data/db.sqlite3"
    assert mends() == ["Set X_URL to postgres://user:password@host/name or sqlite:///path."]


def test_a_problem_fails_the_system_check_with_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [check for check in run_checks() if check.id == "parley.E001"] == []
    monkeypatch.setenv("X_FLAG", "maybe")
    env.flag("X_FLAG", about="")
    [check] = [check for check in run_checks() if check.id == "parley.E001"]
    assert "X_FLAG" in check.msg


def test_the_data_directory_is_private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("X_DIR", str(tmp_path / "deep" / "data"))
    directory = env.data_directory("X_DIR", tmp_path / "default", named="", about="")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    (tmp_path / "file").touch()
    monkeypatch.setenv("X_DIR", str(tmp_path / "file" / "data"))
    env.data_directory("X_DIR", tmp_path / "default", named="", about="")
    assert len(mends()) == 1


def test_a_given_secret_is_used_and_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("X_SECRET", "given")
    assert env.secret("X_SECRET", tmp_path / "secret", about="") == "given"
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_by_processes_that_start_together(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from config import env;"
        " sys.stdin.read(1); print(env.secret('X_SECRET', Path(sys.argv[1]), about=''))"
    )
    kept_in = tmp_path / "secret"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(kept_in)],
            cwd=BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    for process in processes:  # they have all been started: let go
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    secrets = {process.communicate(timeout=50)[0].strip() for process in processes}
    assert secrets == {kept_in.read_text()}
    assert len(kept_in.read_text()) > 50
    assert stat.S_IMODE(kept_in.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [kept_in]


def test_what_is_read_is_known_with_its_default(tmp_path: Path) -> None:
    env.number("X_SECONDS", 0.5, about="How long.")
    env.words("X_WORDS", ["a", "b"], about="Which.")
    env.data_directory("X_DIR", tmp_path, named="here", about="Where.")
    assert [(known.variable, known.default) for known in env.known.values()] == [
        ("X_SECONDS", "0.5"),
        ("X_WORDS", "a, b"),
        ("X_DIR", "here"),
    ]
