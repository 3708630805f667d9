"""How often somebody may do a thing, counted in Redis, so that all processes count together.

A bucket holds a minute's worth and refills evenly. DRF's own throttles read and write in two
steps, and let a burst of parallel requests through. With Redis away nothing is counted: a
conversation is worth more than its limit.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import time
from collections.abc import Mapping
from typing import Any, Literal

import redis
from django.conf import settings

from rooms import redis_clients
from rooms.errors import ParleyError

logger = logging.getLogger(__name__)

Kind = Literal["writes", "arrivals"]

# KEYS: the bucket, which holds the moment at which it is full again. ARGV: the milliseconds in
# which one unit refills, and in which all do. Answers how long to wait, 0 when the unit was
# taken. Redis's clock, so that processes agree.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0)) + ARGV[1]
local wait = full - now - ARGV[2]
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now))
return 0
"""
_MINUTE = 60_000
# After a failure, Redis is left alone for so long: nobody waits for it at every request.
_PAUSE_SECONDS = 5.0
_away_until = 0.0


def spend(kind: Kind, who: str) -> None:
    """Count one of `kind` for `who`. Raises `rate_limited` with the seconds to wait."""
    wait = _take(f"parley:limit:{kind}:{who}", _per_minute(kind))
    if wait > 0:
        seconds = math.ceil(wait / 1000)
        unit = "second" if seconds == 1 else "seconds"
        sentence = f"That was too much at once. Try again in {seconds} {unit}."
        raise ParleyError("rate_limited", sentence, retry_after=seconds)


def address_of(meta: Mapping[str, Any]) -> str:
    """The client's address, by `settings.PROXIES`; of IPv6 the network, since one machine has
    all of its addresses. `meta` is a request's META."""
    forwarded = [hop.strip() for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    is_proxied = 0 < settings.PROXIES <= len(forwarded)
    text = forwarded[-settings.PROXIES] if is_proxied else str(meta.get("REMOTE_ADDR") or "")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def _per_minute(kind: Kind) -> float:
    limit: float = (
        settings.ROOMS_WRITES_PER_MINUTE if kind == "writes" else settings.ROOMS_ARRIVALS_PER_MINUTE
    )
    return limit


def _take(key: str, per_minute: float) -> int:
    global _away_until
    if time.monotonic() < _away_until:
        return 0
    try:
        wait: Any = redis_clients.impatient().eval(_TAKE, 1, key, str(_MINUTE / per_minute), str(_MINUTE))
    except (redis.RedisError, OSError) as error:
        _away_until = time.monotonic() + _PAUSE_SECONDS
        logger.warning("Requests are not limited for now: %s", type(error).__name__)
        return 0
    return int(wait)
