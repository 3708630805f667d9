"""Names of participants: what is a name, and when two names look alike.

A name must not be mistaken for another one in the same room, so names are compared by
keys: NFKC, then each character that Unicode lists as confusable with an ASCII letter or
digit becomes that letter (UTS 39, data from the confusable-homoglyphs package), then
case, white space and invisible characters are dropped. A second key also folds what
ASCII itself has alike (I and l and 1, O and 0) before case is dropped.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from importlib import resources

# Words that a mention gives a meaning of its own.
RESERVED = ("all", "everyone", "everybody", "here", "system", "parley")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_ALIKE = str.maketrans({"0": "O", "1": "l", "|": "l", "I": "l"})


@cache
def _confusables() -> dict[int, str]:
    """Non-ASCII character → the ASCII letters or digits it can be mistaken for."""
    source = resources.files("confusable_homoglyphs").joinpath("confusables.json")
    entries: dict[str, list[dict[str, str]]] = json.loads(source.read_text(encoding="utf-8"))
    table: dict[int, str] = {}
    for character, alike in entries.items():
        if len(character) != 1 or character.isascii():
            continue
        for entry in alike:
            candidate = entry["c"]
            if candidate.isascii() and candidate.isalnum():
                table[ord(character)] = candidate
                break
    return table


def clean_name(name: str) -> str:
    """`name` as it is shown: NFKC, invisible characters removed, white space single.

    Raises ValueError with a sentence for people when nothing visible is left, or when
    the name is one that mentions give a meaning of its own.
    """
    text = unicodedata.normalize("NFKC", name)
    text = "".join(c for c in text if unicodedata.category(c) not in _INVISIBLE or c in "\t\n ")
    text = " ".join(text.split())
    if not any(c.isalnum() or unicodedata.category(c) == "So" for c in text):
        raise ValueError("A name needs at least one letter, digit or symbol.")
    if "@" in text or "`" in text:
        raise ValueError("A name can't contain @ or `, since mentions are written with them.")
    if name_key(text) in {name_key(word) for word in RESERVED}:
        raise ValueError("This name has a meaning in mentions; choose another one.")
    return text


def name_key(name: str) -> str:
    """What two spellings of one name share."""
    return _fold(unicodedata.normalize("NFKC", name).translate(_confusables()))


def look_key(name: str) -> str:
    """What two names share when people could mistake one for the other on a screen."""
    return _fold(unicodedata.normalize("NFKC", name).translate(_confusables()).translate(_ALIKE))


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in text if c.isalnum() or unicodedata.category(c) == "So")
