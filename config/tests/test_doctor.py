"""`manage.py doctor` says what is wrong and how to mend it."""

from __future__ import annotations

import io

import pytest
import redis
from django.core.management import call_command
from pytest_django import Settings

from rooms import redis_clients

pytestmark = pytest.mark.django_db


def doctor() -> tuple[int, str]:
    output = io.StringIO()
    try:
        call_command("doctor", stdout=output)
    except SystemExit as end:
        return int(str(end.code)), output.getvalue()
    return 0, output.getvalue()


def test_without_redis_it_says_how_to_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis.from_url("unix:///nowhere/valkey.sock")
    monkeypatch.setattr(redis_clients, "blocking", lambda: nowhere)
    code, text = doctor()
    assert code == 1
    assert "PROBLEM  redis: It does not answer: start Parley with scripts/run" in text
    assert "note     models: No key is set" in text
    assert "ok       database:" in text


def test_with_redis_and_a_worker_all_is_well(no_workers: None, settings: Settings) -> None:
    code, text = doctor()
    assert "PROBLEM  workers: None is alive" in text
    redis_clients.blocking().set("parley:worker:test:1", "1", ex=60)
    try:
        code, text = doctor()
    finally:
        redis_clients.blocking().delete("parley:worker:test:1")
    assert "ok       redis:" in text
    assert "ok       workers: 1 alive." in text
    settings_line = [line for line in text.splitlines() if "settings:" in line]
    assert (code, [line for line in text.splitlines() if line.startswith("PROBLEM")]) == (0, []), (
        settings_line
    )


def test_a_data_directory_that_others_can_read_is_a_problem(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("open")
    directory.chmod(0o755)
    settings.DATA_DIR = directory
    _, text = doctor()
    assert f"chmod 700 {directory}" in text
