"""Who types in a room just now, across processes: in Redis, where it runs out by itself. Clients are
told by whispers; this is for the server, which lets whoever types finish."""

from __future__ import annotations

import logging
from uuid import UUID

import redis

from rooms import background, redis_clients

logger = logging.getLogger(__name__)

# Clients say it again every 3 s.
TYPING_SECONDS = 5


def note(room_id: UUID, participant_id: UUID, *, is_typing: bool) -> None:
    """Keep it, in the background; what is lost is forgotten after a moment anyway."""
    background.submit(_note(_key(room_id), str(participant_id), is_typing=is_typing))


def is_anybody_typing(room_id: UUID) -> bool:
    """With Redis away nobody is."""
    try:
        return bool(redis_clients.impatient().exists(_key(room_id)))
    except (redis.RedisError, OSError) as error:
        logger.info("Who types is unknown: %s", type(error).__name__)
        return False


async def _note(key: str, who: str, *, is_typing: bool) -> None:
    try:
        client = redis_clients.asynchronous()
        if is_typing:
            # At once: a key that never runs out would have whoever waits for the floor wait for ever.
            async with client.pipeline(transaction=True) as pipeline:
                pipeline.hset(key, who, "1")
                pipeline.expire(key, TYPING_SECONDS)
                await pipeline.execute()
        else:
            await client.hdel(key, who)
    except (redis.RedisError, OSError) as error:
        logger.info("Who types could not be kept: %s", type(error).__name__)


def _key(room_id: UUID) -> str:
    return f"parley:typing:{room_id}"
