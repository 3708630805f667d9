"""The text of messages in the making, in Redis, with the index of its last delta.

A piece is appended here *before* it is broadcast, so that whoever joins in mid-stream
reads a text that already holds every delta they could have missed. `fence` is the
writer's: a script refuses an append of an older fence, and one that does not follow on.
Redis may be emptied at any time, and a new writer can't know what the one before it had
told: the whole text is then put back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal, cast
from uuid import UUID

import redis

from rooms import redis_clients

# Longer than any turn may last. A finished text stays a little for late readers.
LIVE_SECONDS = 900
SEALED_SECONDS = 60
AWAY_SECONDS = 1.0

_away_until = 0.0

AppendResult = Literal["ok", "fenced", "missing"]

# KEYS: text, state. ARGV: fence, index, piece, seconds.
_APPEND = """
local fence = redis.call('HGET', KEYS[2], 'fence')
if not fence then
  if ARGV[2] ~= '0' then return 'missing' end
elseif tonumber(fence) > tonumber(ARGV[1]) then return 'fenced'
elseif tonumber(fence) < tonumber(ARGV[1]) then return 'missing'
elseif tonumber(redis.call('HGET', KEYS[2], 'index')) ~= tonumber(ARGV[2]) - 1 then return 'missing' end
redis.call('APPEND', KEYS[1], ARGV[3])
redis.call('HSET', KEYS[2], 'fence', ARGV[1], 'index', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 'ok'
"""

# KEYS: text, state. ARGV: fence, index, whole text, seconds.
_PUT = """
local fence = redis.call('HGET', KEYS[2], 'fence')
if fence and tonumber(fence) > tonumber(ARGV[1]) then return 'fenced' end
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[4])
redis.call('HSET', KEYS[2], 'fence', ARGV[1], 'index', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 'ok'
"""

# KEYS: text, state. ARGV: fence, seconds. Answers the text and index that were reached.
_SEAL = """
local state = redis.call('HMGET', KEYS[2], 'fence', 'index')
local text = redis.call('GET', KEYS[1])
redis.call('HSET', KEYS[2], 'fence', ARGV[1], 'index', state[2] or '-1')
redis.call('EXPIRE', KEYS[2], ARGV[2])
if text then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return {state[1], state[2], text}
"""


@dataclass(frozen=True)
class LiveText:
    """A text so far: its writer's fence, the index of its last delta, the text."""

    fence: int
    index: int
    text: str


@dataclass(frozen=True)
class Piece:
    """The next delta of a message, and the whole text with it for when Redis lost the rest."""

    message_id: UUID
    fence: int
    index: int
    text: str
    whole: str


_PREFIX = "parley:live:"


def _keys(message_id: UUID) -> tuple[str, str]:
    return f"{_PREFIX}{message_id}", f"{_PREFIX}{message_id}:state"


async def append(pieces: Sequence[Piece]) -> list[AppendResult]:
    """Append each piece, in one round trip. "fenced": another writer took over.

    A text that Redis lost is put back whole. Raises redis.RedisError when Redis is away.
    """
    client = redis_clients.asynchronous()
    pipeline = client.pipeline(transaction=False)
    for piece in pieces:
        pipeline.eval(
            _APPEND, 2, *_keys(piece.message_id), piece.fence, piece.index, piece.text, LIVE_SECONDS
        )
    results = cast(list[AppendResult], await pipeline.execute())
    for i, piece in enumerate(pieces):
        if results[i] == "missing":
            results[i] = await client.eval(
                _PUT, 2, *_keys(piece.message_id), piece.fence, piece.index, piece.whole, LIVE_SECONDS
            )
    return results


def _answer(ask: Callable[[redis.Redis], Any]) -> Any:
    """What Redis says, or None. After a failure it is left alone for a moment, so that a
    Redis that hangs costs one timeout and not one a message."""
    global _away_until
    if monotonic() < _away_until:
        return None
    try:
        return ask(redis_clients.blocking())
    except redis.RedisError:
        _away_until = monotonic() + AWAY_SECONDS
        return None


def read(message_id: UUID) -> LiveText | None:
    """The text so far; None when Redis has none or is away (the checkpoint then serves)."""
    text_key, state_key = _keys(message_id)

    def ask(client: redis.Redis) -> Any:
        with client.pipeline(transaction=True) as pipeline:
            pipeline.get(text_key)
            pipeline.hmget(state_key, "fence", "index")
            text, (fence, index) = pipeline.execute()
        return fence, index, text

    return _live(_answer(ask))


def seal(message_id: UUID, fence: int) -> LiveText | None:
    """Refuse the writers below `fence` from now on; answers the text that was reached."""
    return _live(_answer(lambda client: client.eval(_SEAL, 2, *_keys(message_id), fence, SEALED_SECONDS)))


def forget_all() -> None:
    """Forgets every text in the making, and who may write it. For a database that was put back
    from a copy: its fences may be lower than those that writers left here.

    Raises redis.RedisError when Redis is away.
    """
    client = redis_clients.blocking()
    for key in client.scan_iter(match=f"{_PREFIX}*", count=1_000):
        client.delete(key)


def _live(answer: Any) -> LiveText | None:
    if answer is None:
        return None
    fence, index, text = answer
    return LiveText(int(fence), int(index), text) if text is not None and fence is not None else None
