"""What a turn's worker does in the database, again while that is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from llm.fencing import Fenced
from llm.reply import Reply
from rooms.database import AWAY, PAUSES, in_database

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


async def patiently(reply: Reply, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """`function` on a database thread; it may run twice. Raises CancelledError where it raises
    Fenced: the turn is not this worker's any more."""
    for pause in PAUSES:
        try:
            return await _fenced(reply, function, *args, **kwargs)
        except AWAY as error:
            logger.warning("Turn %s waits for the database: %s", reply.turn.pk, type(error).__name__)
        await asyncio.sleep(pause)
    return await _fenced(reply, function, *args, **kwargs)


async def _fenced(reply: Reply, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await in_database(function, *args, **kwargs)
    except Fenced:
        reply.fence_off()
        raise asyncio.CancelledError from None
