"""Replies in the making, kept in the database now and then, for when Redis goes.

Those of a worker go together: on SQLite each transaction waits for the one writer, and fifty replies that
were each kept by itself once a second would stand in its queue before what people wait for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic

from django.conf import settings

from llm import turns
from llm.models import Turn
from llm.reply import Reply
from rooms.database import in_database

logger = logging.getLogger(__name__)

# Of what makes one due: so much of it takes it along with another that is.
_TAKEN_ALONG = 0.5


class Checkpoints:
    """Those of one worker process, one transaction at a time. Made and used on the background loop."""

    def __init__(self) -> None:
        self._keeping: asyncio.Task[None] | None = None

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        return {self._keeping} if self._keeping is not None else set()

    def look(self, replies: Sequence[Reply]) -> None:
        """Keep those that are due, in the background. While that goes on none is due, and the next look
        keeps what they have reached by then."""
        if self._keeping is not None and not self._keeping.done():
            return
        due = [(share, reply) for reply in replies if (share := _share(reply)) >= _TAKEN_ALONG]
        if not any(share >= 1 for share, _ in due):
            return
        reached = {}
        for _, reply in due:
            reply.checkpoint_at, reply.checkpoint_length = monotonic(), reply.length
            reached[reply.turn] = turns.Text(reply.text(), reply.index)
        self._keeping = asyncio.get_running_loop().create_task(_keep(reached))


def _share(reply: Reply) -> float:
    """1 where it is due."""
    waited = (monotonic() - reply.checkpoint_at) / settings.LLM_CHECKPOINT_SECONDS
    return max(waited, (reply.length - reply.checkpoint_length) / settings.LLM_CHECKPOINT_CHARACTERS)


async def _keep(reached: dict[Turn, turns.Text]) -> None:
    try:
        kept = await in_database(turns.checkpoint, reached)
        for turn in reached.keys() - kept:
            logger.info("Turn %s: no checkpoint, its message was or is being ended", turn.pk)
    except Exception as error:
        logger.warning("%d replies: no checkpoint: %s", len(reached), type(error).__name__)
