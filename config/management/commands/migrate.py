"""`manage.py migrate`, without the limits that keep a statement from holding people up: an
index on a large table takes longer than any request may."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

# Set for every connection in config/env.py.
_LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            return super().handle(*args, **options)
        with connection.cursor() as cursor:
            for limit in _LIMITS:
                cursor.execute(f"SET {limit} = 0")
        try:
            return super().handle(*args, **options)
        finally:
            # The connection goes back to a pool that serves people.
            with connection.cursor() as cursor:
                for limit in _LIMITS:
                    cursor.execute(f"RESET {limit}")
