"""From runs to the protocol's shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID

from django.db.models import Q

from llm.models import Run, RunOutcome, Turn
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
from llm.runs.rows import Rows, turns_and_usage
from llm.turns import OPEN
from rooms import eventlog
from rooms.models import Message, Room


def run_shape(run: Run, rows: Rows | None = None) -> RunShape:
    """`rows`: what is written of it, where that was read."""
    return run_shapes([run], {run.pk: rows} if rows is not None else None)[0]


def run_shapes(runs: Sequence[Run], rows: Mapping[UUID, Rows] | None = None) -> list[RunShape]:
    """As many statements for many as for one."""
    rows = turns_and_usage([run.pk for run in runs]) if rows is None else rows
    ended = [run.pk for run in runs if run.state == Run.State.ENDED]
    outcomes = RunOutcome.objects.in_bulk(ended) if ended else {}
    return [_shape(run, rows[run.pk], outcomes.get(run.pk)) for run in runs]


def _shape(run: Run, rows: Rows, outcome: RunOutcome | None) -> RunShape:
    # Of a phase before, it stays sealed until its mode opens it, and is in for long.
    now = (run.phase, run.round)
    sealed = [turn for turn in rows.turns if turn.is_sealed and (turn.run_phase, turn.run_round) == now]
    ends = run.state == Run.State.ENDED
    # What is known: tokens and money of calls that told them.
    calls = [call for of_turn in rows.used.values() for call in of_turn]
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
        turns=len(rows.decided),
        max_turns=run.max_turns,
        now_ids=[turn.participant_id for turn in rows.turns if turn.state in OPEN],
        is_sealed=bool(sealed),
        in_ids=list(dict.fromkeys(turn.participant_id for turn in sealed if turn.state == Turn.State.DONE)),
        cost_usd=float(sum(call.cost_usd for call in calls if call.cost_usd is not None)),
        unpriced_turns=sum(any(call.cost_usd is None for call in of_turn) for of_turn in rows.used.values()),
        tokens=sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in calls),
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


def publish(run: Run, *, changed: Sequence[str] = (), rows: Rows | None = None) -> None:
    """Tell the room of the run as it is now, and write what was `changed` of it; in its transaction, which
    holds the run. `rows`: what is written of it by now, where that was read."""
    run.revision += 1
    run.save(update_fields=["revision", *changed])
    eventlog.append(run.room_id, RunChanged(run=run_shape(run, rows)))


def runs_of(room: Room, messages: Sequence[Message]) -> list[RunShape]:
    """The runs that a page of messages shows something of, the one that is on, and those whose
    outcome is pinned."""
    ids = [message.pk for message in messages]
    wrote = Turn.objects.filter(room=room, message_id__in=ids, run__isnull=False).values("run_id")
    asked_for = Q(message__in=ids) | Q(state__in=LIVE) | Q(pk__in=wrote) | Q(outcome__is_pinned=True)
    shown = Run.objects.filter(room=room).filter(asked_for)
    return run_shapes(list(shown.order_by("created_at", "id")))
