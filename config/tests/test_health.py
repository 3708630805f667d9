from __future__ import annotations

from pathlib import Path

import pytest
import redis
from django.test import Client

from rooms import redis_clients


def test_live_needs_nothing() -> None:
    assert Client().get("/health/live").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_says_what_is_missing(
    no_workers: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    response = Client().get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "problems": [], "workers": 0}
    redis_clients.blocking().set("parley:worker:test:1", "1", ex=60)
    assert Client().get("/health/ready").json()["workers"] == 1
    redis_clients.blocking().delete("parley:worker:test:1")
    away = redis.Redis.from_url(f"unix://{tmp_path}/valkey.sock")
    monkeypatch.setattr(redis_clients, "blocking", lambda: away)
    response = Client().get("/health/ready")
    assert response.status_code == 503
    assert response.json()["problems"] == ["Redis does not answer: check REDIS_URL."]
