"""What of a room is folded, and in which ranges. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llm.memory.budget import COMPACT_AT, COMPACT_TO, MEMORY_SHARE

# These many of the last messages always stay as they are.
LAST_KEPT = 8
# A chunk ends where it has so many tokens, or messages.
CHUNK_TOKENS, CHUNK_MESSAGES = 1_500, 40


@dataclass(frozen=True, slots=True)
class Told:
    """A message that is told as it is: its place, its tokens, and whether it is finished."""

    place: int
    tokens: int
    is_settled: bool = True


def is_due(remembered: int, told: int, budget: int) -> bool:
    """Whether to fold: memory and messages, in tokens, are three quarters of the budget."""
    return remembered + told >= COMPACT_AT * budget


def fold_upto(messages: Sequence[Told], budget: int) -> int | None:
    """The place up to which messages (oldest first) are folded, None where none can be.

    What stays as it is, with all the memory that there may be, is about a third of the budget; the last few
    messages stay in any case, and so does everything from the first that is still being written.
    """
    left = (COMPACT_TO - MEMORY_SHARE) * budget
    keep_from = len(messages)
    for index in range(len(messages) - 1, -1, -1):
        left -= messages[index].tokens
        if left < 0 and len(messages) - index > LAST_KEPT:
            break
        keep_from = index
    unsettled = next((i for i, message in enumerate(messages) if not message.is_settled), len(messages))
    end = min(keep_from, unsettled)
    return messages[end - 1].place if end > 0 else None


def ranges(messages: Sequence[Told]) -> list[tuple[int, int]]:
    """`messages` (oldest first) as ranges of places, first and last, each small enough for one summary."""
    found: list[tuple[int, int]] = []
    first, tokens, count = 0, 0, 0
    for index, message in enumerate(messages):
        if count and (tokens + message.tokens > CHUNK_TOKENS or count >= CHUNK_MESSAGES):
            found.append((messages[first].place, messages[index - 1].place))
            first, tokens, count = index, 0, 0
        tokens += message.tokens
        count += 1
    return [*found, (messages[first].place, messages[-1].place)] if count else found
