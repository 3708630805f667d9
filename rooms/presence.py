"""Who has a socket in a room, across processes: a sorted set in Redis with a line a socket,
each with the moment at which it runs out unless the socket's heartbeat renews it.

What a process that died leaves behind runs out by itself. With Redis away nothing is
known, and nothing else suffers.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal
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
        sockets = (await _touch(verb, {self._room_id: [self.line]})).get(self._room_id)
        if sockets is None:
            return None
        self.sockets = sockets.get(self._participant_id, 0)
        return list(sockets)


async def renew(lines: Mapping[UUID, Sequence[str]]) -> dict[UUID, list[UUID]]:
    """Sockets that are still present: their lines, by room. Who is in each room, sorted; empty
    where it is not known."""
    return {room_id: list(sockets) for room_id, sockets in (await _touch("stay", lines)).items()}


async def _touch(verb: Verb, lines: Mapping[UUID, Sequence[str]]) -> dict[UUID, dict[UUID, int]]:
    """In one round trip. How many sockets each has, by room; empty with Redis away."""
    # Three missed heartbeats, and never so short that a busy machine makes people vanish.
    milliseconds = int(max(10.0, settings.ROOMS_HEARTBEAT_SECONDS * 3) * 1000)
    try:
        async with redis_clients.asynchronous().pipeline(transaction=False) as pipeline:
            for room_id, room_lines in lines.items():
                key = f"parley:present:{room_id}"
                pipeline.eval(_TOUCH, 1, key, verb, str(milliseconds), *room_lines)
            answers = await pipeline.execute()
    except (redis.RedisError, OSError) as error:
        logger.info("Presence is unknown: %s", type(error).__name__)
        return {}
    return dict(zip(lines, map(_sockets_by_person, answers), strict=True))


@lru_cache(maxsize=256)
def _sockets_by_person(lines: str) -> dict[UUID, int]:
    """How many sockets each has, in order of their ids. Remembered, since all sockets of a room
    are told the same until somebody comes or goes."""
    return Counter(UUID(line.split(":", 1)[0]) for line in lines.split())
