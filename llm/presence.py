"""Which workers are alive, by a key in Redis that each renews and that runs out."""

from __future__ import annotations

import os
import socket

from rooms import redis_clients

ALIVE_SECONDS = 6
_PREFIX = "parley:worker:"


async def announce() -> None:
    """Say that this worker process lives. Raises redis.RedisError."""
    key = f"{_PREFIX}{socket.gethostname()}:{os.getpid()}"
    await redis_clients.asynchronous().set(key, "1", ex=ALIVE_SECONDS)


def workers() -> int:
    """How many worker processes live. Raises redis.RedisError."""
    return sum(1 for _ in redis_clients.blocking().scan_iter(f"{_PREFIX}*", count=500))
