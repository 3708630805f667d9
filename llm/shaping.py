"""From turns to the protocol's shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django.db.models import Q

from llm.models import Turn, UsageEntry
from llm.orchestration.values import Part
from llm.protocol import FailedModelShape, RunTurnShape, TurnCause, TurnShape, TurnState, UsageShape
from rooms.models import Message, Room
from rooms.protocol.shapes import ErrorShape


def turn_shape(turn: Turn, usage: Sequence[UsageEntry] = ()) -> TurnShape:
    return TurnShape(
        id=turn.pk,
        participant_id=turn.participant_id,
        trigger_message_id=turn.trigger_message_id,
        cause=cast(TurnCause, turn.cause),
        depth=turn.depth,
        state=cast(TurnState, turn.state),
        error=ErrorShape(code=turn.error_code, message=turn.error_message) if turn.error_code else None,
        message_id=turn.message_id,
        cut_speaker=turn.cut_speaker or None,
        thought_seconds=turn.thought_seconds,
        model=turn.model,
        is_scripted=turn.is_scripted,
        failed_models=[FailedModelShape(**failed) for failed in turn.failed_models],
        usage=_usage_shape(usage),
        run=_run_shape(turn),
        created_at=turn.created_at,
        started_at=turn.started_at,
        ended_at=turn.ended_at,
    )


def _run_shape(turn: Turn) -> RunTurnShape | None:
    if turn.run_id is None:
        return None
    return RunTurnShape(
        run_id=turn.run_id,
        number=turn.run_number or 0,
        phase=turn.run_phase,
        round=turn.run_round,
        part=cast(Part, turn.run_part),
        task=turn.task,
        is_sealed=turn.is_sealed,
        is_retaken=turn.is_retaken,
    )


def turns_of(room: Room, messages: Sequence[Message]) -> list[TurnShape]:
    """The turns that a page of messages shows: those that the messages woke or that wrote
    them, and those that are under way."""
    ids = [message.pk for message in messages]
    # Each part names what its index begins with. With the room in front of all three, SQLite
    # reads every turn that the room ever had.
    turns = (
        Turn.objects.filter(
            Q(trigger_message__in=ids)
            | Q(room=room, message_id__in=ids)
            | Q(room=room, state__in=(Turn.State.QUEUED, Turn.State.RUNNING))
        )
        .prefetch_related("usage")
        .order_by("created_at", "id")
    )
    return [turn_shape(turn, list(turn.usage.all())) for turn in turns]


def _usage_shape(entries: Sequence[UsageEntry]) -> UsageShape | None:
    """All attempts together; a sum with an unknown part is unknown."""
    if not entries:
        return None
    costs = [entry.cost_usd for entry in entries]
    return UsageShape(
        input_tokens=_total([entry.input_tokens for entry in entries]),
        output_tokens=_total([entry.output_tokens for entry in entries]),
        cached_tokens=_total([entry.cached_tokens for entry in entries]),
        cost_usd=None if None in costs else float(sum(cost for cost in costs if cost is not None)),
    )


def _total(counts: list[int | None]) -> int | None:
    return None if None in counts else sum(count for count in counts if count is not None)
