"""Where a growing text may be cut: never inside what a reader sees as one character. Pure."""

from __future__ import annotations

import unicodedata

import regex

# Categories whose last character may still be joined by what comes: marks, joiners,
# symbols (emoji with skin tones, flags), modifier symbols.
_OPEN = {"Mn", "Mc", "Me", "Cf", "So", "Sk", "Cs"}
_CLUSTERS = regex.compile(r"\X")
_LOOK_BACK = 64


def split_settled(text: str) -> tuple[str, str]:
    """`text` as (what can be shown, what may still change with the next characters)."""
    if not text or unicodedata.category(text[-1]) not in _OPEN:
        return text, ""
    tail = text[-_LOOK_BACK:]
    last = _CLUSTERS.findall(tail)[-1]
    cut = len(text) - len(last)
    return (text[:cut], text[cut:]) if cut > 0 else ("", text)
