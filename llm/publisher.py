"""Replies in the making: numbered deltas, coalesced a tick, kept before they are told.

A worker's replies share one ticker. Each tick it takes what every reply has gathered,
appends all of it to Redis in one round trip, and only then broadcasts it, one frame a
room: twenty streams times fifty watchers as single frames would be 30,000 frames/s.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from uuid import UUID

from django.conf import settings

from llm import turns
from llm.checkpoints import Checkpoints
from llm.reply import Reply
from llm.ticker import Ticker
from rooms import eventlog, livetext
from rooms.database import AWAY, PAUSES, in_database
from rooms.protocol.events import Delta, MessageDeltas

logger = logging.getLogger(__name__)


# So many replies of a worker are told at each tick. Of more the ticks are longer, up to so many times:
# what a frame costs, here, in Redis, in every web process and browser, is the same for much text and little.
REPLIES_A_TICK = 10
LONGEST_TICKS = 3


class Publisher:
    """The ticker of one worker process. Made and used on the background loop."""

    def __init__(self) -> None:
        self._ticker = Ticker[Reply](self._tick, lambda: tick_of(self._told))
        self._told = 0
        self._checkpoints = Checkpoints()

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        return {self._ticker.task, *self._checkpoints.tasks}

    async def begin(self, reply: Reply, *, is_last: bool = False) -> bool:
        """The first visible text goes out at once. False when the turn was fenced off.

        `is_last`: nothing follows, so that nothing is held back for it.
        """
        first = reply.take(is_last=is_last)
        if not first:
            return True
        piece = livetext.Piece(reply.message_id, reply.turn.fence, 0, first, first)
        # Counted before it is told: a cancellation in the meantime must not end the message
        # without the text that it began with.
        reply.published(first)
        # Side by side: the event carries this first piece itself, so nobody can miss it, and
        # the next one is not gathered before both are done.
        _, has_begun = await asyncio.gather(keep([piece]), self._begin(reply, first))
        if not has_begun:
            reply.fence_off()
            return False
        return True

    async def _begin(self, reply: Reply, first: str) -> bool:
        """In the database, again and again while that is away: the model is not read meanwhile."""
        tried = 0
        while True:
            try:
                return await in_database(
                    turns.begin,
                    reply.turn,
                    reply.message_id,
                    first,
                    thought_seconds=reply.thought_seconds,
                    is_repeat=tried > 0,
                )
            except AWAY as error:
                if tried == len(PAUSES):
                    raise
                logger.warning("Turn %s: its message waits: %s", reply.turn.pk, type(error).__name__)
            await asyncio.sleep(PAUSES[tried])
            tried += 1

    def add(self, reply: Reply, text: str) -> None:
        """More text, for the next tick."""
        reply.pending += text
        if reply.has_begun:
            self._ticker.mark(reply)

    def drop(self, reply: Reply) -> None:
        """The reply has ended: nothing more of it is told."""
        self._ticker.drop(reply)

    async def _tick(self, replies: list[Reply]) -> None:
        due = [(reply, text) for reply in replies if not reply.is_fenced and (text := reply.take())]
        pieces = [
            livetext.Piece(r.message_id, r.turn.fence, r.index + 1, text, r.text() + text) for r, text in due
        ]
        self._told = len(due)
        # Counted before the round trip, for the same reason as in `begin`.
        for reply, text in due:
            reply.published(text)
        results = await keep(pieces)
        deltas: dict[UUID, list[Delta]] = defaultdict(list)
        for (reply, _), piece, result in zip(due, pieces, results, strict=True):
            if result == "fenced":
                reply.fence_off()
                continue
            delta = Delta(message_id=piece.message_id, fence=piece.fence, index=piece.index, text=piece.text)
            deltas[reply.turn.room_id].append(delta)
        for room_id, of_room in deltas.items():
            eventlog.whisper(room_id, MessageDeltas(deltas=of_room))
        self._checkpoints.look([reply for reply, _ in due if not reply.is_fenced])


def tick_of(replies: int) -> float:
    """Seconds for which text is gathered where the last tick told so many replies."""
    ticks = min(LONGEST_TICKS, max(1.0, replies / REPLIES_A_TICK))
    return ticks * settings.LLM_TICK_SECONDS


async def keep(pieces: list[livetext.Piece]) -> list[livetext.AppendResult]:
    """Append to Redis; with Redis away the text goes on, and checkpoints keep it."""
    if not pieces:
        return []
    try:
        return await livetext.append(pieces)
    except Exception as error:  # above all Redis away
        logger.warning("Text in the making could not be kept in Redis: %s", type(error).__name__)
        return ["ok"] * len(pieces)
