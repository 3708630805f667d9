"""Thinking on its way to those who watch it: numbered pieces, kept in Redis before they are
told, as the text is, but four frames a second, since few open it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from uuid import UUID

from django.conf import settings

from llm.protocol import Thought, TurnProgress
from llm.publisher import keep
from llm.reply import Reply
from llm.ticker import Ticker
from rooms import eventlog, livetext


class ThoughtPublisher:
    """The thinking of one worker process. Made and used on the background loop."""

    def __init__(self) -> None:
        self._ticker = Ticker[Reply](self._tick, lambda: settings.LLM_PROGRESS_SECONDS)

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        return {self._ticker.task}

    def add(self, reply: Reply, text: str) -> None:
        reply.thinking.add(text)
        self._ticker.mark(reply)

    def drop(self, reply: Reply) -> None:
        """The reply has ended: nothing more of it is told."""
        self._ticker.drop(reply)

    async def _tick(self, replies: list[Reply]) -> None:
        pieces: list[tuple[Reply, livetext.Piece]] = []
        for reply in replies:
            text, whole = reply.thinking.take()
            if text and not reply.is_fenced:
                reply.thinking.index += 1
                turn = reply.turn
                piece = livetext.Piece(turn.pk, turn.fence, reply.thinking.index, text, whole)
                pieces.append((reply, piece))
        results = await keep([piece for _, piece in pieces])
        thoughts: dict[UUID, list[Thought]] = defaultdict(list)
        for (reply, piece), result in zip(pieces, results, strict=True):
            if result == "fenced":
                reply.fence_off()
                continue
            thought = Thought(turn_id=reply.turn.pk, fence=piece.fence, index=piece.index, text=piece.text)
            thoughts[reply.turn.room_id].append(thought)
        for room_id, of_room in thoughts.items():
            eventlog.whisper(room_id, TurnProgress(thoughts=of_room))
