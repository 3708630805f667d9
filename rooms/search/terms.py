"""What is found by what: a text as terms, and what somebody looks for as groups of terms. Pure.

Terms are the same on both databases, whatever their locale and tokenizers: `rooms.search.index` has the same
steps in SQL for PostgreSQL, and a test compares the two.

1. Compatibility forms and case are folded, accents on Latin, Greek and Cyrillic letters left out.
2. Signs that are no letters and digits part words (`SEPARATORS`). An emoji is a word of its own.
3. Scripts that do not space their words give a term a letter: their words are found as phrases.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# Changed whenever the terms of a text change: the index is then made anew.
VERSION = 1
TEXT_CHARACTERS = 100_000
WORD_CHARACTERS = 60
QUERY_CHARACTERS = 400
GROUPS_MOST, WORDS_MOST = 12, 24

# As inner parts of a regular expression's character class; also read by PostgreSQL.
ACCENTS = r"\u0300-\u036f"
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf"
    r"\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
EMOJI = r"\u231a-\u23ff\u2600-\u27bf\u2b50-\u2b55\U0001f000-\U0001fbff"
SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7"
    r"\u02c2-\u02df\u037e\u0387\u055a-\u055f\u05be\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4"
    r"\u0964\u0965\u1360-\u1368\u2000-\u2019\u201a-\u209f\u20a0-\u20ff\u2190-\u2319\u2400-\u25ff\u27c0-\u2b4f"
    r"\u2b56-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u303f\u30fb\ufe00-\ufe6f\uff00-\uff0f\ufffc-\uffff"
    r"\U000e0000-\U000e0fff"
)

_ACCENTS = re.compile(f"[{ACCENTS}]+")
# Neither NUL nor half of a character can be stored, and so neither can be found.
_NEVER = r"\x00\ud800-\udfff"
_TERM = re.compile(f"(?P<emoji>[{EMOJI}])|[{UNSPACED}]|[^{SEPARATORS}{_NEVER}{UNSPACED}{EMOJI}\\s]+")
_PHRASE = re.compile(r'["“”„«»]([^"“”„«»]*)["“”„«»]?|([^\s"“”„«»]+)')
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Group:
    """Terms that stand behind each other; with `is_prefix` the last may be the beginning of a word."""

    terms: tuple[str, ...]
    is_prefix: bool = False


def terms(text: str) -> list[str]:
    """The terms of `text`, in order."""
    text = text[:TEXT_CHARACTERS]
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFKC", text)
    return [
        f"u{ord(match['emoji'])}" if match["emoji"] else match[0][:WORD_CHARACTERS]
        for match in _TERM.finditer(text.lower())
    ]


def indexed(text: str | None) -> str:
    """The terms of `text` as SQLite's index is given them."""
    return " ".join(terms(text or ""))


def parse_query(text: str) -> tuple[Group, ...]:
    """What somebody looks for: every group has to be in a message. Words may be beginnings; what stands
    between quotation marks is taken as it is. Nothing in it is an operator."""
    groups = []
    for match in _PHRASE.finditer(text[:QUERY_CHARACTERS]):
        is_quoted = match[2] is None
        found = tuple(terms(match[1] if is_quoted else match[2])[:WORDS_MOST])
        if found:
            groups.append(Group(found, is_prefix=not is_quoted and may_begin(found[-1])))
    return tuple(dict.fromkeys(groups))[:GROUPS_MOST]


def may_begin(term: str) -> bool:
    """Whether a term is looked for as the beginning of a word: not one letter, and no part of a script
    where each letter is a term."""
    return len(term) > 1 and not _UNSPACED.match(term)


def is_unspaced(term: str) -> bool:
    return bool(_UNSPACED.match(term))


def excerpt(text: str, groups: Sequence[Group], characters: int = 240) -> list[tuple[str, bool]]:
    """The part of `text` around the first that was found, in pieces, each with whether it was looked for."""
    marks = _marks(text, groups)
    start = max(0, (marks[0][0] if marks else 0) - characters // 4)
    if len(text) <= characters:
        start = 0
    end = min(len(text), start + characters)
    pieces = [("…", False)] if start else []
    at = start
    for begin, stop in marks:
        if begin < at or stop > end:
            continue
        pieces += [(text[at:begin], False)] if begin > at else []
        pieces.append((text[begin:stop], True))
        at = stop
    if at < end:
        pieces.append((text[at:end], False))
    return pieces + ([("…", False)] if end < len(text) else [])


def _marks(text: str, groups: Sequence[Group]) -> list[tuple[int, int]]:
    """Where words of `groups` stand in `text`, in order."""
    whole = {term for group in groups for term in group.terms}
    beginnings = tuple(group.terms[-1] for group in groups if group.is_prefix)
    marks = []
    for match in _TERM.finditer(text[:TEXT_CHARACTERS]):
        folded = terms(match[0])
        if folded and (folded[0] in whole or folded[0].startswith(beginnings or ("\x00",))):
            marks.append(match.span())
    return marks
