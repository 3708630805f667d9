"""What clients are told of a room's memory, and what they may ask of it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from rooms.protocol.base import Id, Shape, Time
from rooms.protocol.commands import CommandData
from rooms.protocol.events import Durability, EventData

MemoryOrigin = Literal["model", "said", "person"]
# As long as a line of `llm.memory.lines`; spaces at its ends are not counted.
MemoryText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class MemoryMark(Shape):
    """That a room remembers something: which version of it, up to which message (by its `seq`), in how many
    lines. The lines are at `memory/`."""

    version: int
    upto_seq: int
    line_count: int
    changed_at: Time


class MemoryCite(Shape):
    """A message that a line comes from."""

    message_id: Id
    seq: int


class MemoryLine(Shape):
    """One thing that a room remembers.

    `origin`: a "model" wrote it, it was "said" like this, or a "person" wrote or corrected it: `by` then.
    """

    id: Id
    text: str
    cites: list[MemoryCite]
    origin: MemoryOrigin
    by: Id | None


class RoomMemoryShape(Shape):
    """What a room remembers of its messages up to `upto_seq`. `version` 0: nothing yet. `model` is what
    summed it up, blank where none did. `tokens` is about what it takes of a prompt, `budget` what a
    prompt may be."""

    version: int
    upto_seq: int
    model: str
    changed_at: Time | None
    lines: list[MemoryLine]
    tokens: int
    budget: int


class LineMade(Shape):
    line_id: Id


class MemoryChanged(EventData):
    type: ClassVar[str] = "memory.changed"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = (
        "What the room remembers has a new version: old messages were folded, or a line corrected."
    )
    memory: MemoryMark


class AddMemoryLine(CommandData):
    type: ClassVar[str] = "memory.add_line"
    summary: ClassVar[str] = (
        "Have the room remember a line, from the messages `cites` if it comes from some (any member)."
        " Result: `line_id`."
    )
    text: MemoryText
    cites: Annotated[list[Id], Field(max_length=12)] = []


class EditMemoryLine(CommandData):
    type: ClassVar[str] = "memory.edit_line"
    summary: ClassVar[str] = (
        "Have the room remember a line in other words; the next summary keeps them (any member)."
    )
    line_id: Id
    text: MemoryText


class RemoveMemoryLine(CommandData):
    type: ClassVar[str] = "memory.remove_line"
    summary: ClassVar[str] = "Have the room forget a line; the next summary leaves it out too (any member)."
    line_id: Id


class EditedMemoryLine(Shape):
    text: MemoryText
