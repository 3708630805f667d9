"""Whether a run is on in a room."""

from __future__ import annotations

from uuid import UUID

from llm.models import Run

LIVE = (Run.State.RUNNING, Run.State.PAUSED)


def live_run(room_id: UUID) -> UUID | None:
    """The run that is on in the room, or paused; there is one at most."""
    return Run.objects.filter(room=room_id, state__in=LIVE).values_list("pk", flat=True).first()


def is_run_on(room_id: UUID) -> bool:
    return live_run(room_id) is not None
