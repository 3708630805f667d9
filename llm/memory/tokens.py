"""How many tokens a text is, without a tokenizer. Pure.

Every provider counts by another tokenizer and few tell theirs, so that a count is an estimate in any
case. This one weighs characters by their script (measured against a tokenizer of 100,000 entries, see
docs/memory.md), and a factor for each model, learnt from the usage that its provider reports, takes out
what is left.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

# Tokens a character.
_LETTER, _DIGIT, _SIGN = 0.22, 0.75, 0.75
_ALPHABETIC, _IDEOGRAPH, _OTHER, _PICTOGRAPH = 0.50, 1.15, 1.0, 2.5

_LETTERS_AND_SPACES = bytes(b for b in range(128) if chr(b).isalpha() or chr(b) in " \n\r\t")
_DIGITS = b"0123456789"

# A factor from usage that is further off says more about the request than about the tokenizer.
LEAST_FACTOR, MOST_FACTOR = 0.6, 2.5
# A prompt that is too long fails, one that could have been longer does no harm: a report of more than was
# expected counts at once, one of less slowly.
_UP, _DOWN = 0.5, 0.1
# Of less, what a provider adds to every request would be most of the report.
LEAST_LEARNT = 200


def estimate(text: str, factor: float = 1.0) -> int:
    """About how many tokens `text` is for a model of that factor. 0 for the empty text alone."""
    if not text:
        return 0
    if text.isascii():
        weight = _ascii_weight(text.encode())
    else:
        ascii_part = text.encode("ascii", "ignore")
        weight = _ascii_weight(ascii_part)
        others = Counter(text)
        weight += sum(_weight(sign) * count for sign, count in others.items() if sign > "\x7f")
    return int(weight * factor) + 1


def learn(factor: float, *, estimated: int, reported: int) -> float:
    """The factor after a request that was `estimated` with it and that its provider counts as `reported`."""
    if min(estimated, reported) < LEAST_LEARNT:
        return factor
    seen = min(MOST_FACTOR, max(LEAST_FACTOR, factor * reported / estimated))
    share = _UP if seen > factor else _DOWN
    return factor + share * (seen - factor)


def _ascii_weight(text: bytes) -> float:
    rest = text.translate(None, _LETTERS_AND_SPACES)
    signs = rest.translate(None, _DIGITS)
    return (len(text) - len(rest)) * _LETTER + (len(rest) - len(signs)) * _DIGIT + len(signs) * _SIGN


@lru_cache(maxsize=8_192)
def _weight(sign: str) -> float:
    code = ord(sign)
    if code < 0x0370 or 0x0400 <= code < 0x0530:  # Latin, Cyrillic
        return _ALPHABETIC
    if 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or code >= 0x20000:
        return _IDEOGRAPH
    if unicodedata.category(sign)[0] in "LM":
        return _OTHER
    return _PICTOGRAPH if code >= 0x1F000 or 0x2600 <= code <= 0x27BF else _OTHER
