"""Ends in runs that call nobody, as most of them do: a pass of the room's dispatch over them would decide
nothing, and stand in the way of the run's next turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from llm.models import NextStep, Turn
from llm.protocol import TurnChanged
from rooms.mentions import may_mention
from rooms.protocol.events import MessageFinished


def ended_in_runs(decisive: Sequence[Any]) -> list[UUID]:
    """The turns whose ends these events tell, where all of them are turns of runs and what they said names
    nobody; else none. Whom they called by a tool stands with them."""
    ended = {e.data["turn"]["id"]: e.data["turn"] for e in decisive if e.type == TurnChanged.type}
    said = [event for event in decisive if event.type != TurnChanged.type]
    is_of_runs = all(turn["run"] for turn in ended.values()) and all(
        event.type == MessageFinished.type and event.data["message"]["turn_id"] in ended for event in said
    )
    if not is_of_runs or any(may_mention(event.data["message"]["text"]) for event in said):
        return []
    return [UUID(id_) for id_ in ended]


def hand_over(turn_ids: Sequence[UUID]) -> bool:
    """Whether any of them called somebody by a tool."""
    return any(Turn.objects.filter(pk__in=turn_ids).values_list("handovers", flat=True))


def are_awaited(turn_ids: Sequence[UUID]) -> bool:
    """Whether somebody waits to speak behind any of them."""
    triggers = Turn.objects.filter(pk__in=turn_ids).order_by().values("trigger_message_id")
    return NextStep.objects.filter(awaited__in=triggers, state=NextStep.State.WAITING).exists()
