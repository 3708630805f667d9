"""What the catalogue asks of upper apps about the run that a preset's room starts with. It knows nothing
of runs itself: `llm` says which there are, in its `AppConfig.ready()`; with nothing registered there are
none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outlook:
    """How a run is called, and what it is likely to be, in a sentence."""

    title: str
    about: str


@dataclass(frozen=True)
class Runs:
    """`modes()` are the ways to think together, each with its title. `problems(run)` are sentences on what
    can't be run, by the field of `RoomPreset.run`; empty where all is well. `outlook(run, personas)` is for
    a run without problems in a room of so many personas."""

    modes: Callable[[], Sequence[tuple[str, str]]]
    problems: Callable[[Mapping[str, Any]], Mapping[str, str]]
    outlook: Callable[[Mapping[str, Any], int], Outlook]


_NONE = Runs(
    modes=list,
    problems=lambda run: {"mode": "There are no runs here."},
    outlook=lambda run, personas: Outlook("", ""),
)
_runs = _NONE


def register_runs(runs: Runs) -> None:
    global _runs
    _runs = runs


def runs() -> Runs:
    return _runs
