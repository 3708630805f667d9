"""What other parts of llm add to every prompt: a small registry, filled in `AppConfig.ready()`.

Something of the room that a turn needs (its pins, its open polls) is an `Extra` of the turn
block. Words about what personas can do are rules: the same for all personas of one model, or
they would part what these share.
"""

from __future__ import annotations

from collections.abc import Callable

from llm.context.escaping import TAGS
from llm.context.values import Extra
from llm.models import Turn

_extras: dict[str, Callable[[Turn], str]] = {}
_abilities: list[Callable[[Turn], str]] = []


def register_extra(name: str, read: Callable[[Turn], str]) -> None:
    """`read(turn)` is plain text, blank for nothing. It is escaped when it is rendered, and
    stands in a tag `name`, which has to be one of `escaping.TAGS`."""
    if name not in TAGS:
        raise ValueError(f"Add {name!r} to llm.context.escaping.TAGS, so that nobody can forge it.")
    _extras[name] = read


def register_ability(read: Callable[[Turn], str]) -> None:
    """`read(turn)` are words of ours for the rules, blank for none. They may depend on the
    turn's model and room, and on nothing of its persona."""
    if read not in _abilities:
        _abilities.append(read)


def extras(turn: Turn) -> list[Extra]:
    return [Extra(name, text) for name, read in _extras.items() if (text := read(turn))]


def abilities(turn: Turn) -> str:
    return "\n".join(text for read in _abilities if (text := read(turn)))
