"""Who is mentioned in a text: plain typed names, parsed here and nowhere else.

1. Code (fenced blocks, inline spans) and links are left out.
2. An `@` counts at the start of a word: not inside an e-mail address, not after a
   backslash. In scripts that do not space their words it may follow a letter.
3. After it the longest name or alias that fits wins, without regard to case and to
   Unicode's compatibility forms; it must end where a word ends, except in scripts
   that do not space their words.
4. `@all` and `@everyone` mean every persona.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

EVERYONE = ("all", "everyone")
# Stands for code and links: neither a letter nor a space, so that no name reaches over them.
_MASK = "\0"

_CODE = re.compile(
    r"^(?P<fence>```+|~~~+)[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)"  # fenced block, or one never closed
    r"|(?P<ticks>(?<!`)`+(?!`)).+?(?<!`)(?P=ticks)(?!`)"  # inline span
    r"|\bhttps?://\S+",
    re.DOTALL | re.MULTILINE,
)
# Letters of the unspaced scripts below, as a character class.
_UNSPACED_LETTERS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")


@dataclass(frozen=True)
class Mentionable:
    """A participant as mentions know it: every name it answers to."""

    id: UUID
    names: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """Where one mention stands: `text[start:end]` with its "@". `id` None: everybody."""

    start: int
    end: int
    id: UUID | None


@dataclass(frozen=True)
class Mentions:
    """`ids` in the order of their first mention; `is_everyone` where @all was written.

    `spans` are all mentions in order, `opaque` the code and links, as places in `text`: the text
    as it was typed, or its compatibility form where places in that can't be told.
    """

    ids: tuple[UUID, ...]
    is_everyone: bool
    text: str = ""
    spans: tuple[Span, ...] = ()
    opaque: tuple[tuple[int, int], ...] = ()


def may_mention(text: str) -> bool:
    """Whether `text` may mention anybody, whoever there is; quicker than to look for names."""
    return "@" in _normalised(text)[0]


def parse_mentions(text: str, participants: Sequence[Mentionable]) -> Mentions:
    """The participants that `text` mentions. Pure; the same text gives the same answer.

    Two who share a name are told apart by nothing: the one with the lesser id has it.
    """
    normal, places = _normalised(text)
    if "@" not in normal:
        return Mentions((), is_everyone=False, text=text)
    source = text if places is not None else normal
    opaque = [match.span() for match in _CODE.finditer(normal)]
    folded, folds = _folded(_CODE.sub(lambda match: _MASK * len(match[0]), normal))
    owners = _owners(participants)
    spans: list[Span] = []
    for match in _pattern(tuple(sorted(owners))).finditer(folded):
        name = " ".join(match["name"].split())
        start, end = _place(folds, match.start(), is_end=False), _place(folds, match.end(), is_end=True)
        at = _place(places, start, is_end=False), _place(places, end, is_end=True)
        spans.append(Span(*at, owners.get(name)))
    return Mentions(
        ids=tuple(dict.fromkeys(span.id for span in spans if span.id is not None)),
        is_everyone=any(span.id is None for span in spans),
        text=source,
        spans=tuple(spans),
        opaque=tuple(
            (_place(places, start, is_end=False), _place(places, end, is_end=True)) for start, end in opaque
        ),
    )


def _owners(participants: Sequence[Mentionable]) -> dict[str, UUID]:
    """Who has which name. An own name wins over somebody's alias, whoever came first."""
    owners: dict[str, UUID] = {}
    ordered = sorted(participants, key=lambda participant: participant.id)
    for participant in ordered:
        if participant.names:
            owners.setdefault(_fold(participant.names[0]), participant.id)
    for participant in ordered:
        for alias in participant.names[1:]:
            owners.setdefault(_fold(alias), participant.id)
    return owners


# Where each character came from; its last entry is the end. Empty: each from its own place.
_Places = tuple[int, ...]


def _normalised(text: str) -> tuple[str, _Places | None]:
    """The compatibility form and where its characters come from; None where that can't be told."""
    if unicodedata.is_normalized("NFKC", text):
        return text, ()
    starts = [i for i, character in enumerate(text) if i == 0 or not _joins(character)]
    pieces: list[str] = []
    places: list[int] = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        piece = unicodedata.normalize("NFKC", text[start:end])
        pieces.append(piece)
        places += [start] * len(piece)
    normal = unicodedata.normalize("NFKC", text)
    return (normal, (*places, len(text))) if "".join(pieces) == normal else (normal, None)


def _joins(character: str) -> bool:
    """Whether it may melt together with what stands before it: marks, and Korean vowels and finals."""
    return character > "\u02ff" and (
        unicodedata.category(character).startswith("M")
        or "\u1160" <= character <= "\u11ff"
        or character in "\uff9e\uff9f"
    )


def _folded(text: str) -> tuple[str, _Places]:
    folded = text.casefold()
    # Folding never shortens, so that the same length means the same places.
    if len(folded) == len(text):
        return folded, ()
    places = [i for i, character in enumerate(text) for _ in character.casefold()]
    return folded, (*places, len(text))


def _place(places: _Places | None, index: int, *, is_end: bool) -> int:
    if not places:
        return index
    if is_end and 0 < index < len(places):
        # Within what was one character: behind it.
        while places[index] == places[index - 1] and index < len(places) - 1:
            index += 1
    return places[index]


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@lru_cache(maxsize=256)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    # A participant's own name wins over the words for everybody.
    every = {*names, *EVERYONE}
    longest_first = sorted((name for name in every if name), key=lambda name: (-len(name), name))
    start = rf"(?:(?<![\w\\%+])|(?<=[{_UNSPACED_LETTERS}]))@"
    return re.compile(start + "(?P<name>" + "|".join(map(_name_pattern, longest_first)) + ")")


def _name_pattern(name: str) -> str:
    words = r"[ \t]+".join(re.escape(word) for word in name.split())
    last = name[-1]
    if unicodedata.name(last, "").startswith(_UNSPACED) or not last.isalnum():
        return words
    # A word's end; "@Ada-Marie" is somebody else, "@Ada-" is not.
    return words + r"(?![^\W]|-\w)"
