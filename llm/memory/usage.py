"""What the summaries of a room cost."""

from __future__ import annotations

from uuid import UUID

from llm import spending
from llm.gateway.types import Usage
from llm.models import UsageEntry
from rooms.models import Room


def may_summarise(room: Room, model: str) -> bool:
    """Whether the room's budget has something left for summaries by `model`."""
    return spending.refusal_for_call(room, model) is None


def record_summary(room: Room, model: str, usage: Usage, chunk: UUID) -> None:
    """Keep what the summary of one chunk used, once."""
    spending.record_call(
        kind=UsageEntry.Kind.SUMMARY, room=room, model=model, usage=usage, key=f"summary:{chunk}:1"
    )
