"""Texts cut to so many tokens, and parts that share a budget. Pure.

Cutting happens after escaping, since that is what costs, and never inside of an entity.
"""

from __future__ import annotations

from llm.context.tokens import MOST_CHARACTERS_A_TOKEN, MOST_TOKENS_A_CHARACTER, tokens_of

_LEFT_OUT = "[… {count} characters left out …]"
_ENTITY = 5  # the longest, "&amp;": half of one would read as something else


class Allowance:
    """Tokens that parts take one after the other, each a fraction of what is left at the most:
    however long they are, something stays for those that come later."""

    def __init__(self, tokens: int) -> None:
        self.left = tokens

    def most(self, fraction: float) -> int:
        return max(0, int(self.left * fraction))

    def take(self, text: str) -> str:
        """`text`, counted."""
        self.left -= tokens_of(text)
        return text


def beginning(text: str, most: int) -> str:
    """As much of the front of `text` as `most` tokens are."""
    if _fits(text, most):
        return text
    low, high = 0, min(len(text), most * MOST_CHARACTERS_A_TOKEN)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens_of(text[:middle]) <= most else (low, middle - 1)
    torn = text.rfind("&", max(0, low - _ENTITY), low)
    return text[:low] if torn < 0 or ";" in text[torn:low] else text[:torn]


def ending(text: str, most: int) -> str:
    """As much of the end of `text` as `most` tokens are."""
    if _fits(text, most):
        return text
    size = len(text)
    low, high = max(0, size - most * MOST_CHARACTERS_A_TOKEN), size
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if tokens_of(text[middle:]) <= most else (middle + 1, high)
    torn = text.rfind("&", max(0, low - _ENTITY), low)
    is_torn = torn >= 0 and ";" not in text[torn:low] and ";" in text[low : torn + _ENTITY]
    return text[text.index(";", low) + 1 :] if is_torn else text[low:]


def without_middle(text: str, most: int) -> str:
    """`text`, with a mark instead of its middle where it has more than `most` tokens."""
    if _fits(text, most):
        return text
    # The mark, its line ends, and what the estimates round up.
    room = most - tokens_of(_LEFT_OUT.format(count=len(text))) - 3
    if room <= 0:
        return beginning(text, max(0, most))
    front, back = beginning(text, room - room // 3), ending(text, room // 3)
    return f"{front}\n{_LEFT_OUT.format(count=len(text) - len(front) - len(back))}\n{back}"


def front_of(text: str, most: int) -> str:
    """`text`, with a mark instead of its end where it has more than `most` tokens."""
    if _fits(text, most):
        return text
    room = most - tokens_of(_LEFT_OUT.format(count=len(text))) - 2
    front = beginning(text, max(0, room))
    return f"{front}\n{_LEFT_OUT.format(count=len(text) - len(front))}"


def _fits(text: str, most: int) -> bool:
    return len(text) * MOST_TOKENS_A_CHARACTER < most or tokens_of(text) <= most
