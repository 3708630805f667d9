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

Verb = Literal["stay", "leave"]

# KEYS: the room's set. ARGV: "stay" or "leave", milliseconds, sockets' lines.
# Answers all lines that have not run out, sorted, as one text: as a list each line is parsed by
# itself, which in a room of 200 was a good quarter of what the web process's loop did (profiled
# when each socket renewed its own). Redis's clock, so that processes agree.
_TOUCH = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 3, #ARGV do
  if ARGV[1] == 'leave' then redis.call('ZREM', KEYS[1], ARGV[i])
  else redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[i]) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local lines = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(lines)
return table.concat(lines, ' ')
"""


class Presence:
    """One socket's line in its room's presence."""

    def __init__(self, room_id: UUID, participant_id: UUID, socket_id: UUID) -> None:
        self._room_id = room_id
        self._participant_id = participant_id
        self.line = f"{participant_id}:{socket_id}"
        # How many sockets the person had, this one included, at `stay` or `leave`.
        self.sockets = 0

    async def stay(self) -> list[UUID] | None:
        """Be present from now on. Who is, this person included, sorted; None if unknown."""
        return await self._touch("stay")

    async def leave(self) -> list[UUID] | None:
        """Who is still present. A person with another socket stays among them."""
        return await self._touch("leave")

    async def _touch(self, verb: Verb) -> list[UUID] | None:
        sockets = await _touch(self._room_id, verb, [self.line])
        if sockets is None:
            return None
        self.sockets = sockets.get(self._participant_id, 0)
        return list(sockets)


async def renew(room_id: UUID, lines: list[str]) -> list[UUID] | None:
    """Sockets of a room that are still present, by their lines. Who is, sorted; None if unknown."""
    sockets = await _touch(room_id, "stay", lines)
    return None if sockets is None else list(sockets)


async def _touch(room_id: UUID, verb: Verb, lines: list[str]) -> dict[UUID, int] | None:
    # Three missed heartbeats, and never so short that a busy machine makes people vanish.
    milliseconds = int(max(10.0, settings.ROOMS_HEARTBEAT_SECONDS * 3) * 1000)
    try:
        present: Any = await redis_clients.asynchronous().eval(
            _TOUCH, 1, f"parley:present:{room_id}", verb, str(milliseconds), *lines
        )
    except (redis.RedisError, OSError) as error:
        logger.info("Presence is unknown: %s", type(error).__name__)
        return None
    return _sockets_by_person(present)


@lru_cache(maxsize=256)
def _sockets_by_person(lines: str) -> dict[UUID, int]:
    """How many sockets each has, in order of their ids. Remembered, since all sockets of a room
    are told the same until somebody comes or goes."""
    return Counter(UUID(line.split(":", 1)[0]) for line in lines.split())
