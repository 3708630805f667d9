"""How many tokens a text is, about: by one estimate in all of llm. Pure."""

from __future__ import annotations

from functools import lru_cache

from llm.memory.tokens import estimate

# Of the text that people write most tokens for the least, and of the least for most.
MOST_CHARACTERS_A_TOKEN = 5
MOST_TOKENS_A_CHARACTER = 3


# Longer ones are few, and would take the memory.
_REMEMBERED_CHARACTERS = 2_000


def tokens_of(text: str) -> int:
    """For a model of the factor 1; a budget is divided by the factor instead. Remembered, since a
    room's messages are counted at every turn."""
    return _remembered(text) if len(text) <= _REMEMBERED_CHARACTERS else estimate(text)


@lru_cache(maxsize=16_384)
def _remembered(text: str) -> int:
    return estimate(text)
