"""The dispatch cursor of a room, held: what decides who speaks next takes it before anything else."""

from __future__ import annotations

from uuid import UUID

from llm.models import DispatchCursor


def held(room_id: UUID) -> DispatchCursor:
    """Locked until the end of the transaction: before runs, chains, turns, hands and the room."""
    cursor, _ = DispatchCursor.objects.select_for_update().get_or_create(room_id=room_id)
    return cursor


def seq_of(room_id: UUID) -> int | None:
    """Where it stands, not held; None before the first pass."""
    return DispatchCursor.objects.filter(room=room_id).values_list("seq", flat=True).first()


def pass_by(room_id: UUID, *, after: int, upto: int) -> None:
    """Move it over events that wake nobody, unless somebody has moved it since it stood at `after`."""
    DispatchCursor.objects.filter(room=room_id, seq=after).update(seq=upto)
