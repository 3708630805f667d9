"""What is written of a run's turns, read once for all that is made of it: what its mode decides from, and
what the room is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from llm.models import RunStep, Turn, UsageEntry

# Of a turn: as many as a run has are read at each of its boundaries, and most columns for nothing.
_TURN = (
    *("run_id", "run_number", "participant_id", "message_id", "state", "error_code", "created_at"),
    *("run_part", "run_phase", "run_round", "is_sealed", "is_retaken", "ask", "answer"),
)
_USED = ("cost_usd", "input_tokens", "output_tokens", "counted_tokens", "counted_usd")


@dataclass(frozen=True)
class Used:
    """One call: what it cost and used as far as that was told, and as budgets count it."""

    cost_usd: Decimal | None
    input_tokens: int | None
    output_tokens: int | None
    counted_tokens: int
    counted_usd: Decimal


@dataclass(frozen=True)
class Rows:
    """Of one run. `turns`: also of whose hand was granted, which have no number; `asked_at`: behind how
    many turns people were asked; `steps`: how many decisions there are."""

    turns: Sequence[Turn] = ()
    used: Mapping[UUID, Sequence[Used]] = field(default_factory=dict)
    steps: int = 0
    asked_at: frozenset[int] = frozenset()

    @property
    def decided(self) -> list[Turn]:
        """Those that its mode decided on, in order."""
        return [turn for turn in self.turns if turn.run_number is not None]

    def followed_by(self, turns: Sequence[Turn]) -> Rows:
        """Once these are written."""
        return replace(self, turns=(*self.turns, *turns))


def rows_of(run_id: UUID) -> Rows:
    """All there is of a run."""
    rows = turns_and_usage([run_id])[run_id]
    steps = RunStep.objects.filter(run=run_id).values_list("decision__kind", "decision__after")
    told = list(steps)
    return replace(rows, steps=len(told), asked_at=frozenset(after for kind, after in told if kind == "wait"))


def turns_and_usage(run_ids: Collection[UUID]) -> dict[UUID, Rows]:
    """As many statements for many as for one."""
    turns: dict[UUID, list[Turn]] = {id_: [] for id_ in run_ids}
    used: dict[UUID, dict[UUID, list[Used]]] = {id_: {} for id_ in run_ids}
    for turn in Turn.objects.filter(run__in=run_ids).order_by("run_number", "created_at").only(*_TURN):
        assert turn.run_id is not None  # noqa: S101 (they were asked for by it)
        turns[turn.run_id].append(turn)
    entries = UsageEntry.objects.filter(turn__run__in=run_ids).order_by()
    for run_id, turn_id, *columns in entries.values_list("turn__run_id", "turn_id", *_USED):
        used[run_id].setdefault(turn_id, []).append(Used(*columns))
    return {id_: Rows(turns[id_], used[id_]) for id_ in run_ids}
