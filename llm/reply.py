"""A turn's text on its way to the room, and what its calls used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from uuid import UUID, uuid4

from llm import repetition, turns
from llm.gateway.types import Usage
from llm.graphemes import split_settled
from llm.models import Turn
from llm.thinking.text import Thinking


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
