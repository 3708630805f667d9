"""Redis, for what is not the channel layer: text in the making and nudges to workers."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

# A web request waits for this at most when Redis is away; the database has the last
# checkpoint of every text.
_TIMEOUTS: dict[str, Any] = {
    "socket_connect_timeout": 1.0,
    "socket_timeout": 2.0,
    "health_check_interval": 15,
}

_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis]
_by_loop = WeakKeyDictionary()


@cache
def blocking() -> redis.Redis:
    """The process's client for threads (thread-safe)."""
    return redis.Redis.from_url(settings.REDIS_URL, decode_responses=True, **_TIMEOUTS)


@cache
def impatient() -> redis.Redis:
    """The process's client for what does without Redis rather than wait: no second try."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        **_TIMEOUTS | {"socket_timeout": 0.5, "retry": Retry(NoBackoff(), 0)},
    )


def asynchronous() -> redis.asyncio.Redis:
    """The running loop's client."""
    loop = asyncio.get_running_loop()
    client = _by_loop.get(loop)
    if client is None:
        client = redis.asyncio.Redis.from_url(settings.REDIS_URL, decode_responses=True, **_TIMEOUTS)
        _by_loop[loop] = client
    return client
