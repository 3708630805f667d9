"""From runs to the protocol's shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
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


def run_shape(run: Run) -> RunShape:
    turns = list(run.turns.order_by("run_number").values_list("participant_id", "state", "is_sealed"))
    sealed = [(who, state) for who, state, is_sealed in turns if is_sealed]
    spent = _spent(run)
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
        turns=len(turns),
        max_turns=run.max_turns,
        now_ids=[who for who, state, _ in turns if state in OPEN],
        is_sealed=bool(sealed),
        in_ids=list(dict.fromkeys(who for who, state in sealed if state == Turn.State.DONE)),
        cost_usd=spent.usd,
        unpriced_turns=spent.unpriced,
        tokens=spent.tokens,
        max_usd=None if run.max_usd is None else float(run.max_usd),
        seconds=int(run.seconds),
        counted_from=run.counted_from,
        question=RunQuestionShape(text=run.question, options=run.options) if run.question else None,
        end=RunEndShape(code=cast(FinishReason, run.end_code), message=run.end_message) if ends else None,
        outcome=outcome_shape(run),
        created_at=run.created_at,
        ended_at=run.ended_at,
    )


def outcome_shape(run: Run) -> OutcomeShape | None:
    outcome = RunOutcome.objects.filter(run=run).first() if run.state == Run.State.ENDED else None
    if outcome is None:
        return None
    edited = {"edited_by": outcome.edited_by_id, "edited_at": outcome.edited_at}
    return OutcomeShape.model_validate(outcome.body | edited)


def publish(run: Run) -> None:
    """Tell the room of the run as it is now; in its transaction, which holds the run."""
    run.revision += 1
    run.save(update_fields=["revision"])
    eventlog.append(run.room_id, RunChanged(run=run_shape(run)))


def runs_of(room: Room, messages: Sequence[Message]) -> list[RunShape]:
    """The runs that a page of messages shows something of, and the one that is on."""
    ids = [message.pk for message in messages]
    wrote = Turn.objects.filter(room=room, message_id__in=ids, run__isnull=False).values("run_id")
    shown = Run.objects.filter(room=room).filter(Q(message__in=ids) | Q(state__in=LIVE) | Q(pk__in=wrote))
    return [run_shape(run) for run in shown.order_by("created_at", "id")]


def _spent(run: Run) -> _Spent:
    """What is known: tokens and money of calls that told them."""
    entries = UsageEntry.objects.filter(turn__run=run)
    rows = list(entries.values_list("turn_id", "cost_usd", "input_tokens", "output_tokens"))
    return _Spent(
        usd=float(sum(cost for _, cost, _, _ in rows if cost is not None)),
        unpriced=len({turn_id for turn_id, cost, _, _ in rows if cost is None}),
        tokens=sum((read or 0) + (written or 0) for _, _, read, written in rows),
    )
