"""The conversation's script: read from text to frozen values. Pure.

- `Name: text` is said by a person; `Name (reply X): text` answers X's last message, and
  `Name (quiet): text` wakes nobody.
- An indented `Name: text` is the turn of a persona that the line above leads to, in the order
  in which the turns come. In brackets stands how it goes, if not simply well:
  `pass` (the text is the reason), `fail CODE` (no text), `instead CODE` (its first model fails
  so, and a fallback says the text), `stopped` (after the text), `hands X: task` (by tool),
  `recalls WORDS` (they stand in what it is given, though they were said long ago),
  `blocked CODE` (it is not allowed to), `asked WORDS` (its own task out of the message),
  `waits` (nobody begins with it before the next line), `given WORDS` (they stand in what it is
  given); of polls `asks Question | Option | Option`, `votes NUMBER` (the text is the reason) and
  `reads WORDS` (they stand in the results that its tool tells it).
- `/verb Name argument` is a command of a person: doings.py; `/fold Worker words` is what a worker
  does in the background, and its model keeps those words alone.
- `repeat N` … `end` has its lines N times, with `{n}` and `{item}` in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

How = Literal[
    "",
    "pass",
    "fail",
    "instead",
    "stopped",
    "hands",
    "recalls",
    "blocked",
    "asked",
    "waits",
    "given",
    "asks",
    "votes",
    "reads",
]

ITEMS = (
    *("the drill", "the saw", "the long ladder", "the level", "the red bucket", "the rake"),
    *("the wheelbarrow", "the plane", "the vice", "the torch", "the pump", "the sander"),
)

_SAID = re.compile(r"(?P<name>\w+)(?: \((?P<mode>reply (?P<to>\w+)|quiet)\))?: (?P<text>.+)")
_TURN = re.compile(r" +(?P<name>\w+)(?: \[(?P<how>\w+)(?: (?P<detail>[^\]]+))?\])?:(?: (?P<text>.+))?")
_COMMAND = re.compile(r"/(?P<verb>\w+) (?P<name>\w+) (?P<argument>.+)")


@dataclass(frozen=True)
class Turn:
    """What a persona is expected to do when it is woken."""

    name: str
    how: How
    detail: str
    text: str


@dataclass(frozen=True)
class Beat:
    """What a person says or does (`verb`), and the turns that come of it."""

    name: str
    text: str
    verb: str = "say"
    reply_to: str = ""
    is_quiet: bool = False
    turns: tuple[Turn, ...] = field(default=())


def read_script(path: Path) -> list[Beat]:
    """The script's beats, in order. Raises ValueError for a line that is none of these."""
    lines = path.read_text(encoding="utf-8").splitlines()
    beats: list[Beat] = []
    for line in _repeated([line for line in lines if line.strip() and not line.startswith("#")]):
        if turn := _TURN.fullmatch(line):
            how = cast(How, turn["how"] or "")
            if how not in get_args(How):
                raise ValueError(line)
            done = Turn(turn["name"], how, turn["detail"] or "", turn["text"] or "")
            last = beats.pop()
            beats.append(
                Beat(last.name, last.text, last.verb, last.reply_to, last.is_quiet, (*last.turns, done))
            )
        elif command := _COMMAND.fullmatch(line):
            beats.append(Beat(command["name"], command["argument"], command["verb"]))
        elif said := _SAID.fullmatch(line):
            is_quiet = said["mode"] == "quiet"
            beats.append(Beat(said["name"], said["text"], reply_to=said["to"] or "", is_quiet=is_quiet))
        else:
            raise ValueError(line)
    return beats


def _repeated(lines: Sequence[str]) -> Iterator[str]:
    waiting = list(lines)
    while waiting:
        line = waiting.pop(0)
        if not line.startswith("repeat "):
            yield line
            continue
        end = waiting.index("end")
        block, waiting = waiting[:end], waiting[end + 1 :]
        for number in range(1, int(line.split()[1]) + 1):
            item = ITEMS[number % len(ITEMS)]
            yield from (one.replace("{n}", str(number)).replace("{item}", item) for one in block)
