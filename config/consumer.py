"""How a worker comes back to its broker. Loaded by workers alone (`CELERY_WORKER_CONSUMER`)."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery.worker import consumer


class Consumer(consumer.Consumer):
    """Celery's, which waits 2 s longer before each attempt, up to half a minute: after Redis was
    away for 30 s it would look again 12 s later. No setting says otherwise."""

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(
            conn.ensure_connection, interval_start=0.5, interval_step=0.5, interval_max=1.0
        )
        return super().ensure_connected(conn)
