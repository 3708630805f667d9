"""From runs to the protocol's shapes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.db.models import Q

from llm.models import Run, RunOutcome, Turn, UsageEntry
from llm.orchestration.values import FinishReason, Office
from llm.runs.live import LIVE
from llm.runs.protocol import (
    OfficeShape,
    OutcomeShape,
    RunChanged,
    RunEndShape,
    RunQuestionShape,
    RunShape,
    RunState,
)
from llm.turns import OPEN
from rooms import eventlog
from rooms.models import Message, Room


@dataclass(frozen=True)
class _Spent:
    usd: float
    unpriced: int
    tokens: int


@dataclass(frozen=True)
class _Taken:
    """A turn of a run, as far as the run tells it."""

    by: UUID
    state: str
    is_sealed: bool
    # None of one that its mode did not decide on: whose hand was granted.
    number: int | None
    phase: str
    round: int


def run_shape(run: Run) -> RunShape:
    return run_shapes([run])[0]


def run_shapes(runs: Sequence[Run]) -> list[RunShape]:
    """As many statements for many as for one."""
    ids = [run.pk for run in runs]
    taken: dict[UUID, list[_Taken]] = {id_: [] for id_ in ids}
    turns = Turn.objects.filter(run__in=ids).order_by("run_number", "created_at")
    fields = ("participant_id", "state", "is_sealed", "run_number", "run_phase", "run_round")
    for run_id, *row in turns.values_list("run_id", *fields):
        taken[run_id].append(_Taken(*row))
    spent = _spent(ids)
    has_ended = any(run.state == Run.State.ENDED for run in runs)
    outcomes = RunOutcome.objects.in_bulk(ids) if has_ended else {}
    return [_shape(run, taken[run.pk], spent[run.pk], outcomes.get(run.pk)) for run in runs]


def _shape(run: Run, turns: Sequence[_Taken], spent: _Spent, outcome: RunOutcome | None) -> RunShape:
    # Of a phase before, it stays sealed until its mode opens it, and is in for long.
    now = (run.phase, run.round)
    sealed = [turn for turn in turns if turn.is_sealed and (turn.phase, turn.round) == now]
    ends = run.state == Run.State.ENDED
    return RunShape(
        id=run.pk,
        revision=run.revision,
        mode=run.mode,
        goal=run.goal,
        message_id=run.message_id,
        started_by=run.started_by_id,
        cast=[UUID(id_) for id_ in run.cast],
        offices=[
            OfficeShape(office=cast(Office, office), participant_id=UUID(id_))
            for office, id_ in run.offices.items()
        ],
        choices=run.choices,
        rounds=run.rounds,
        state=cast(RunState, run.state),
        phase=run.phase,
        round=run.round,
        turns=sum(turn.number is not None for turn in turns),
        max_turns=run.max_turns,
        now_ids=[turn.by for turn in turns if turn.state in OPEN],
        is_sealed=bool(sealed),
        in_ids=list(dict.fromkeys(turn.by for turn in sealed if turn.state == Turn.State.DONE)),
        cost_usd=spent.usd,
        unpriced_turns=spent.unpriced,
        tokens=spent.tokens,
        max_usd=None if run.max_usd is None else float(run.max_usd),
        seconds=int(run.seconds),
        counted_from=run.counted_from,
        question=RunQuestionShape(text=run.question, options=run.options) if run.question else None,
        end=RunEndShape(code=cast(FinishReason, run.end_code), message=run.end_message) if ends else None,
        outcome=outcome_shape(outcome) if ends and outcome else None,
        created_at=run.created_at,
        ended_at=run.ended_at,
    )


def outcome_shape(outcome: RunOutcome) -> OutcomeShape:
    of_the_row = {
        "edited_by": outcome.edited_by_id,
        "edited_at": outcome.edited_at,
        "is_pinned": outcome.is_pinned,
    }
    return OutcomeShape.model_validate(outcome.body | of_the_row)


def publish(run: Run, *, changed: Sequence[str] = ()) -> None:
    """Tell the room of the run as it is now, and write what was `changed` of it; in its transaction, which
    holds the run."""
    run.revision += 1
    run.save(update_fields=["revision", *changed])
    eventlog.append(run.room_id, RunChanged(run=run_shape(run)))


def runs_of(room: Room, messages: Sequence[Message]) -> list[RunShape]:
    """The runs that a page of messages shows something of, the one that is on, and those whose
    outcome is pinned."""
    ids = [message.pk for message in messages]
    wrote = Turn.objects.filter(room=room, message_id__in=ids, run__isnull=False).values("run_id")
    asked_for = Q(message__in=ids) | Q(state__in=LIVE) | Q(pk__in=wrote) | Q(outcome__is_pinned=True)
    shown = Run.objects.filter(room=room).filter(asked_for)
    return run_shapes(list(shown.order_by("created_at", "id")))


def _spent(run_ids: Collection[UUID]) -> dict[UUID, _Spent]:
    """What is known: tokens and money of calls that told them."""
    entries = UsageEntry.objects.filter(turn__run__in=run_ids)
    told = ("turn__run_id", "turn_id", "cost_usd", "input_tokens", "output_tokens")
    of_run: dict[UUID, list[tuple[Any, ...]]] = {id_: [] for id_ in run_ids}
    for run_id, *row in entries.values_list(*told):
        of_run[run_id].append(tuple(row))
    return {
        run_id: _Spent(
            usd=float(sum(cost for _, cost, _, _ in rows if cost is not None)),
            unpriced=len({turn_id for turn_id, cost, _, _ in rows if cost is None}),
            tokens=sum((read or 0) + (written or 0) for _, _, read, written in rows),
        )
        for run_id, rows in of_run.items()
    }
