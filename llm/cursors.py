"""The dispatch cursor of a room, held: what decides who speaks next takes it before anything else."""

from __future__ import annotations

from uuid import UUID

from llm.models import DispatchCursor


def held(room_id: UUID) -> DispatchCursor:
    """Locked until the end of the transaction: before runs, chains, turns, hands and the room."""
    cursor, _ = DispatchCursor.objects.select_for_update().get_or_create(room_id=room_id)
    return cursor
