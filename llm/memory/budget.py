"""How long a prompt may be, and what of it stands in it. Pure.

A prompt is made of parts. Those that are needed (the rules, what the room is about, pins, the message that
calls and the one that it answers, the last messages, open polls, the task) always stand in it; the others by
their worth, as long as there is room. Where the needed ones alone are too long, the least firm of them are
shortened, the longest first, and say so. Nothing is ever over the budget.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llm.memory.tokens import estimate

# Of a model that nobody knows the window of. Ollama, for one, starts models with little more.
DEFAULT_WINDOW = 16_000
# What is left where a window is hardly longer than a reply.
LEAST_TOKENS = 1_000
# Of a window: what providers add to a request, and where an estimate errs.
MARGIN = 0.05

# Background compaction begins at so much of the budget, and leaves so much of it.
COMPACT_AT, COMPACT_TO = 0.75, 0.35
# Of the budget: what the room's memory, and what is recalled, may take.
MEMORY_SHARE, RECALL_SHARE = 0.15, 0.15

_CUT = "\n[… {count} characters left out here …]\n"
# No part is shortened further: its beginning, the mark, its end.
_LEAST_CHARACTERS = 80


class DoesNotFitError(Exception):
    """The parts that must stand are too many, even shortened as far as they can be."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a prompt. `key` is what its caller knows it by, unique among the parts.

    `is_needed`: never dropped. `firmness` orders the needed ones: the least firm are shortened first.
    `worth` orders the others: the most worth first; of the same worth, the earlier. `around` is what stands
    around its text, in tokens.
    """

    key: str
    text: str
    is_needed: bool = False
    firmness: int = 0
    worth: float = 0.0
    around: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """`texts` by key of all that stands in the prompt; `shortened` are those that are not whole; `dropped`
    are not in it. `tokens` is all of it, estimated."""

    texts: Mapping[str, str]
    shortened: frozenset[str]
    dropped: tuple[str, ...]
    tokens: int


def prompt_tokens(window: int | None, wanted: int, output: int) -> int:
    """How long a prompt may be, in tokens: the model's `window` (None: unknown) less the reply's `output` and
    a margin, and no more than is `wanted`."""
    room = int((window or DEFAULT_WINDOW) * (1 - MARGIN)) - output
    return max(LEAST_TOKENS, min(wanted, room))


def fit(parts: Sequence[Part], budget: int, factor: float = 1.0) -> Fit:
    """What of `parts` stands in a prompt of at most `budget` tokens, by a model's `factor`.

    1. The needed parts, whole if they fit.
    2. Else the least firm ones are shortened, the longest most, then firmer ones.
    3. Of the rest, by worth, each one that still fits.

    Raises DoesNotFitError where the needed ones, all as short as can be, are too long.
    """
    needed = [part for part in parts if part.is_needed]
    texts = {part.key: part.text for part in needed}
    used = sum(_tokens(part, part.text, factor) for part in needed)
    shortened: set[str] = set()
    for tier in _tiers(needed):
        if used <= budget:
            break
        before = sum(_tokens(part, part.text, factor) for part in tier)
        cut = _shorten(tier, budget - (used - before), factor)
        texts.update(cut)
        shortened.update(part.key for part in tier if cut[part.key] != part.text)
        used += sum(_tokens(part, cut[part.key], factor) for part in tier) - before
    if used > budget:
        raise DoesNotFitError
    dropped = []
    for part in sorted((p for p in parts if not p.is_needed), key=lambda p: -p.worth):
        tokens = _tokens(part, part.text, factor)
        if used + tokens <= budget:
            texts[part.key] = part.text
            used += tokens
        else:
            dropped.append(part.key)
    in_order = {part.key: texts[part.key] for part in parts if part.key in texts}
    return Fit(in_order, frozenset(shortened), tuple(dropped), used)


def shorten(text: str, characters: int) -> str:
    """`text` in about so many characters: beginning and end, and between them how much is left out."""
    mark = _CUT.format(count=len(text))  # at most one digit longer than the real one
    keep = max(characters, _LEAST_CHARACTERS) - len(mark)
    if len(text) <= max(characters, _LEAST_CHARACTERS):
        return text
    tail = keep // 3
    head = keep - tail
    return text[:head] + _CUT.format(count=len(text) - keep) + (text[-tail:] if tail else "")


def _tokens(part: Part, text: str, factor: float) -> int:
    return part.around + estimate(text, factor)


def _tiers(needed: Sequence[Part]) -> list[list[Part]]:
    by_firmness: dict[int, list[Part]] = defaultdict(list)
    for part in needed:
        by_firmness[part.firmness].append(part)
    return [by_firmness[firmness] for firmness in sorted(by_firmness)]


def _shorten(tier: Sequence[Part], budget: int, factor: float) -> dict[str, str]:
    """The texts of one tier, none longer than a number of characters that makes all fit; as short
    as can be where none does."""
    low, high = _LEAST_CHARACTERS, max(len(part.text) for part in tier)
    texts = {part.key: shorten(part.text, low) for part in tier}
    while low < high:
        middle = (low + high + 1) // 2
        tried = {part.key: shorten(part.text, middle) for part in tier}
        if sum(_tokens(part, tried[part.key], factor) for part in tier) <= budget:
            texts, low = tried, middle
        else:
            high = middle - 1
    return texts
