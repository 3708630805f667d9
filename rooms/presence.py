"""Who has a socket in a room, across processes: a sorted set in Redis with a line a socket,
each with the moment at which it runs out unless the socket's heartbeat renews it.

What a process that died leaves behind runs out by itself. With Redis away nothing is
known, and nothing else suffers.
"""

from __future__ import annotations

import logging
from collections import Counter
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import redis
from django.conf import settings

from rooms import redis_clients

logger = logging.getLogger(__name__)

# KEYS: the room's set. ARGV: "stay" or "leave", this socket's line, milliseconds.
# Answers all lines that have not run out, sorted, as one text: as a list each line is parsed by
# itself in every heartbeat of every socket, in a room of 200 a good quarter of what the web
# process's loop did (profiled). Redis's clock, so that processes agree.
_TOUCH = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[1] == 'leave' then redis.call('ZREM', KEYS[1], ARGV[2])
else redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local lines = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(lines)
return table.concat(lines, ' ')
"""


class Presence:
    """One socket's line in its room's presence."""

    def __init__(self, room_id: UUID, participant_id: UUID, socket_id: UUID) -> None:
        self._key = f"parley:present:{room_id}"
        self._participant_id = participant_id
        self._line = f"{participant_id}:{socket_id}"
        # How many sockets the person had, this one included, when last touched.
        self.sockets = 0

    async def stay(self) -> list[UUID] | None:
        """Be present from now on, or still. Who is, this person included, sorted; None if unknown."""
        return await self._touch("stay")

    async def leave(self) -> list[UUID] | None:
        """Who is still present. A person with another socket stays among them."""
        return await self._touch("leave")

    async def _touch(self, verb: Literal["stay", "leave"]) -> list[UUID] | None:
        # Three missed heartbeats, and never so short that a busy machine makes people vanish.
        milliseconds = int(max(10.0, settings.ROOMS_HEARTBEAT_SECONDS * 3) * 1000)
        try:
            lines: Any = await redis_clients.asynchronous().eval(
                _TOUCH, 1, self._key, verb, self._line, str(milliseconds)
            )
        except (redis.RedisError, OSError) as error:
            logger.info("Presence is unknown: %s", type(error).__name__)
            return None
        sockets = _sockets_by_person(lines)
        self.sockets = sockets.get(self._participant_id, 0)
        return list(sockets)


@lru_cache(maxsize=256)
def _sockets_by_person(lines: str) -> dict[UUID, int]:
    """How many sockets each has, in order of their ids. Remembered, since all sockets of a room
    are told the same until somebody comes or goes."""
    return Counter(UUID(line.split(":", 1)[0]) for line in lines.split())
