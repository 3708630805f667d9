"""Whether a run is on in a room."""

from __future__ import annotations

from uuid import UUID

from llm.models import Run

LIVE = (Run.State.RUNNING, Run.State.PAUSED)


def is_run_on(room_id: UUID) -> bool:
    return Run.objects.filter(room=room_id, state__in=LIVE).exists()
