"""What a room remembers, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID, uuid5

from llm.memory.tokens import estimate

# Who wrote a line: a model, nobody (sentences that were said), or a person.
Origin = Literal["model", "said", "person"]
Action = Literal["add", "edit", "remove"]

LINE_CHARACTERS = 400
# Around each line in a prompt: a dash, a line's end, and its numbers.
_AROUND = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to remember. `cites` are the places (seq) of the messages that it comes from, in order;
    `weight` says how much it matters, 0 to 1; `by` is the participant who corrected it."""

    id: UUID
    text: str
    cites: tuple[int, ...]
    origin: Origin
    weight: float = 0.5
    by: UUID | None = None

    @property
    def place(self) -> int:
        """Where it stands among the others: by what it comes from last, people's own after all."""
        return self.cites[-1] if self.cites else 1 << 62

    def tokens(self, factor: float = 1.0) -> int:
        return estimate(self.text, factor) + _AROUND + 2 * len(self.cites)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "text": self.text,
            "cites": list(self.cites),
            "origin": self.origin,
            "weight": self.weight,
            "by": str(self.by) if self.by else None,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """What a person did to a line."""

    line_id: UUID
    action: Action
    text: str
    cites: tuple[int, ...]
    by: UUID


def from_json(data: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(
            UUID(item["id"]),
            item["text"],
            tuple(item["cites"]),
            item["origin"],
            item["weight"],
            UUID(item["by"]) if item["by"] else None,
        )
        for item in data
    )


def line_id(chunk: UUID, number: int) -> UUID:
    """The same for the same line of the same chunk, so that corrections hold on to it."""
    return uuid5(chunk, str(number))


def corrected(lines: Sequence[Line], changes: Sequence[Change]) -> tuple[Line, ...]:
    """`lines` as people want them, by the last change of each; what they added comes last."""
    by_line = {line.id: line for line in lines}
    for change in changes:
        if change.action == "remove":
            by_line.pop(change.line_id, None)
            continue
        known = by_line.get(change.line_id)
        cites = known.cites if known else change.cites
        # Also of a line that is not there any more: it was wanted, in these words.
        by_line[change.line_id] = Line(change.line_id, change.text, cites, "person", 1.0, change.by)
    return tuple(by_line.values())


def fold(lines: Sequence[Line], tokens: int, factor: float = 1.0) -> tuple[Line, ...]:
    """As many of `lines` as fit, in the order of what they come from.

    People's own first, the newest of them before others. Of the rest what matters more, and of what
    matters alike the newer.
    """
    ordered = sorted(lines, key=lambda line: line.place)
    newest = len(ordered) or 1
    worth = {line.id: line.weight + 0.5 * number / newest for number, line in enumerate(ordered)}
    by_worth = sorted(ordered, key=lambda line: (line.origin == "person", worth[line.id]), reverse=True)
    kept: set[UUID] = set()
    for line in by_worth:
        cost = line.tokens(factor)
        if cost <= tokens:
            kept.add(line.id)
            tokens -= cost
    return tuple(line for line in ordered if line.id in kept)


def clipped(line: Line) -> Line:
    """`line` no longer than a line may be."""
    if len(line.text) <= LINE_CHARACTERS:
        return line
    return replace(line, text=f"{line.text[: LINE_CHARACTERS - 1]}…")
