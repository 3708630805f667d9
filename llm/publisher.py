"""Replies in the making: numbered deltas, coalesced a tick, kept before they are told.

A worker's replies share one ticker. Each tick it takes what every reply has gathered,
appends all of it to Redis in one round trip, and only then broadcasts it, one frame a
room: twenty streams times fifty watchers as single frames would be 30,000 frames/s.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from uuid import UUID, uuid4

from django.conf import settings

from llm import repetition, turns
from llm.gateway.types import Usage
from llm.graphemes import split_settled
from llm.models import Turn
from llm.thinking.text import Thinking
from llm.ticker import Ticker
from rooms import eventlog, livetext
from rooms.database import AWAY, PAUSES, in_database
from rooms.protocol.events import Delta, MessageDeltas

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spent:
    """What a call of a turn used, and what it had written by then."""

    model: str
    usage: Usage
    said: str


class Reply:
    """One turn's text on its way to the room. Lives on the publisher's loop.

    With `so_far` it goes on in the turn's message, which has that text already.
    """

    def __init__(self, turn: Turn, cancel: Callable[[], object], so_far: turns.Text | None = None) -> None:
        self.turn = turn
        self.message_id: UUID = turn.message_id or uuid4()
        self.index = so_far.index if so_far else -1
        self.is_fenced = False
        # Whether the call under way brought anything: then something was spent.
        self._is_answered = False
        # Set at the first answer of any of its calls.
        self.has_answered = asyncio.Event()
        # Calls so far, the one under way included, and what ended ones used that was not recorded yet.
        self.calls = 1
        self.spent: dict[int, Spent] = {}
        self._call_begins_at = len(so_far.text) if so_far else 0
        self.thinking = Thinking()
        self.thought_seconds: int | None = None
        self.pending = ""
        self._cancel = cancel
        self._published = [so_far.text] if so_far else []
        self.length = len(so_far.text) if so_far else 0
        self.kept_length: int | None = None
        self._looked_at = self.length
        self.checkpoint_at = monotonic()
        self.checkpoint_length = self.length

    @property
    def is_answered(self) -> bool:
        return self._is_answered

    @is_answered.setter
    def is_answered(self, value: bool) -> None:
        self._is_answered = value
        if value:
            self.has_answered.set()

    @property
    def has_begun(self) -> bool:
        return self.index >= 0

    @property
    def is_held_back(self) -> bool:
        """Nothing of it was shown, and all of it may be."""
        return not self.has_begun and not self.turn.is_sealed

    def end_call(self, usage: Usage | None) -> None:
        """The call under way is over, and used that; None where nobody told. One that brought
        something has used something, however little is known of it."""
        if usage is None and self.is_answered:
            usage = Usage()
        if usage is not None:
            said = self.reached().text[self._call_begins_at :]
            self.spent[self.calls] = Spent(self.turn.model, usage, said)

    def begin_call(self) -> None:
        """Another call, after `end_call`."""
        self.calls += 1
        self._call_begins_at = len(self.reached().text)
        self._is_answered = False

    def start_over(self) -> None:
        """Nobody saw anything of it, and another model begins. What was thought stays, apart."""
        self.pending = ""
        self.kept_length = None
        if not self.thinking.is_empty:
            self.thinking.add("\n\n")

    def take(self, *, is_last: bool = False) -> str:
        """What may be shown now of the gathered text; the rest waits for the next tick."""
        settled, self.pending = (self.pending, "") if is_last else split_settled(self.pending)
        return settled

    def published(self, piece: str) -> None:
        self.index += 1
        self._published.append(piece)
        self.length += len(piece)

    def text(self) -> str:
        """All that was published."""
        if len(self._published) > 1:
            self._published = ["".join(self._published)]
        return self._published[0] if self._published else ""

    def reached(self) -> turns.Text:
        """All text there is, gathered included, for the end."""
        return turns.Text((self.text() + self.pending)[: self.kept_length], max(self.index, 0))

    def is_repeating(self) -> bool:
        """Whether the model says the same without end; then only its first time is kept."""
        length = self.length + len(self.pending)
        if length - self._looked_at < repetition.LOOK_EVERY:
            return False
        self._looked_at = length
        self.kept_length = repetition.end_of_first(self.text() + self.pending)
        return self.kept_length is not None

    def end_thinking(self) -> None:
        """There is text: what was thought until here is what it thought for."""
        if self.thought_seconds is None and not self.thinking.is_empty:
            self.thought_seconds = turns.seconds_of_thinking(self.turn)

    def thought(self) -> turns.Thought | None:
        """What it thought, for the end."""
        if self.thinking.is_empty:
            return None
        seconds = self.thought_seconds or turns.seconds_of_thinking(self.turn)
        return turns.Thought(self.thinking.kept(), seconds)

    def release(self) -> None:
        """Its end is being written: the heartbeat, which may see that end first, cancels no more."""
        self._cancel = lambda: None

    def fence_off(self) -> None:
        """Somebody else ended this turn: stop working on it."""
        if not self.is_fenced:
            self.is_fenced = True
            self._cancel()


class Publisher:
    """The ticker of one worker process. Made and used on the background loop."""

    def __init__(self) -> None:
        self._ticker = Ticker[Reply](self._tick, lambda: settings.LLM_TICK_SECONDS)
        self._checkpoints: set[asyncio.Task[None]] = set()

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        return {self._ticker.task, *self._checkpoints}

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
            self._checkpoint_if_due(reply)
        for room_id, of_room in deltas.items():
            eventlog.whisper(room_id, MessageDeltas(deltas=of_room))

    def _checkpoint_if_due(self, reply: Reply) -> None:
        is_due = (
            monotonic() - reply.checkpoint_at >= settings.LLM_CHECKPOINT_SECONDS
            or reply.length - reply.checkpoint_length >= settings.LLM_CHECKPOINT_CHARACTERS
        )
        if not is_due:
            return
        reply.checkpoint_at, reply.checkpoint_length = monotonic(), reply.length
        reached = turns.Text(reply.text(), reply.index)
        task = asyncio.get_running_loop().create_task(self._checkpoint(reply, reached))
        self._checkpoints.add(task)
        task.add_done_callback(self._checkpoints.discard)

    async def _checkpoint(self, reply: Reply, reached: turns.Text) -> None:
        try:
            if not await in_database(turns.checkpoint, reply.turn, reached):
                logger.info("Turn %s: its message was ended by somebody else", reply.turn.pk)
        except Exception as error:
            logger.warning("Turn %s: no checkpoint: %s", reply.turn.pk, type(error).__name__)


async def keep(pieces: list[livetext.Piece]) -> list[livetext.AppendResult]:
    """Append to Redis; with Redis away the text goes on, and checkpoints keep it."""
    if not pieces:
        return []
    try:
        return await livetext.append(pieces)
    except Exception as error:  # above all Redis away
        logger.warning("Text in the making could not be kept in Redis: %s", type(error).__name__)
        return ["ok"] * len(pieces)
