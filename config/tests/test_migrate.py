"""What serves people is limited in time; what changes tables is not."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate

LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")


def limits() -> list[str]:
    with connection.cursor() as cursor:
        return [cursor.execute(f"SHOW {limit}").fetchone()[0] for limit in LIMITS]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_migration_may_take_its_time_and_others_not() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such limits")
    during: list[list[str]] = []

    def look(**_: Any) -> None:
        during.append(limits())

    pre_migrate.connect(look)
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(look)
    assert during[0] == ["0", "0"]
    assert limits() == ["30s", "10s"]
