"""What other parts of llm add to every prompt: a small registry, filled in `AppConfig.ready()`.

Something of the room that a turn needs (its pins, its open polls) is an `Extra` of the turn
block.
"""

from __future__ import annotations

from typing import Protocol

from llm.context.escaping import TAGS
from llm.context.values import Extra
from llm.models import Turn


class Read(Protocol):
    def __call__(self, turn: Turn, /, *, has_tools: bool) -> str: ...


_extras: dict[str, Read] = {}


def register_extra(name: str, read: Read) -> None:
    """`read` gives plain text, blank for nothing; `has_tools`: the turn's model is offered tools. It is
    escaped when it is rendered, and stands in a tag `name`, which has to be one of `escaping.TAGS`."""
    if name not in TAGS:
        raise ValueError(f"Add {name!r} to llm.context.escaping.TAGS, so that nobody can forge it.")
    _extras[name] = read


def extras(turn: Turn, *, has_tools: bool) -> list[Extra]:
    found = ((name, read(turn, has_tools=has_tools)) for name, read in _extras.items())
    return [Extra(name, text) for name, text in found if text]
