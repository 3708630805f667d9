"""What a room remembers, as it stands now."""

from __future__ import annotations

from dataclasses import dataclass

from llm.memory import lines as memory_lines
from llm.memory.lines import Line
from llm.models import Checkpoint
from llm.once import once
from rooms.models import Room


@dataclass(frozen=True)
class Remembered:
    """A room's memory: `lines` stand before its messages after `upto_seq`, which are told as they are.
    `version` 0: nothing is remembered yet."""

    version: int
    upto_seq: int
    lines: tuple[Line, ...]

    def tokens(self, factor: float = 1.0) -> int:
        return sum(line.tokens(factor) for line in self.lines)

    def text(self) -> str:
        """The lines as a persona reads them, each with the numbers of the messages it comes from.
        Not escaped."""
        return "\n".join(_written(line) for line in self.lines)


NOTHING = Remembered(0, 0, ())


@once(lambda room: room.pk)
def checkpoint_for(room: Room) -> Remembered:
    """What the room remembers, in one query. It never changes but by the next version."""
    newest = (
        Checkpoint.objects.filter(room=room).order_by("-version").values_list("version", "upto_seq", "lines")
    )
    row = newest.first()
    return Remembered(row[0], row[1], memory_lines.from_json(row[2])) if row else NOTHING


def _written(line: Line) -> str:
    numbers = " ".join(f"[#{seq}]" for seq in line.cites)
    return f"- {line.text} {numbers}".rstrip()
