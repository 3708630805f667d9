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
class Mentions:
    """`ids` in the order of their first mention; `is_everyone` where @all was written."""

    ids: tuple[UUID, ...]
    is_everyone: bool


def parse_mentions(text: str, participants: Sequence[Mentionable]) -> Mentions:
    """The participants that `text` mentions. Pure; the same text gives the same answer."""
    if "@" not in unicodedata.normalize("NFKC", text):
        return Mentions((), is_everyone=False)
    folded = _CODE.sub(" ", unicodedata.normalize("NFKC", text)).casefold()
    owners: dict[str, UUID] = {}
    for participant in participants:
        for name in participant.names:
            owners.setdefault(_fold(name), participant.id)
    found: dict[UUID, None] = {}
    is_everyone = False
    for match in _pattern(tuple(sorted(owners))).finditer(folded):
        name = " ".join(match["name"].split())
        if name in owners:
            found[owners[name]] = None
        else:
            is_everyone = True
    return Mentions(tuple(found), is_everyone)


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
