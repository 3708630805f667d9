"""What the summaries of a room cost."""

from __future__ import annotations

import logging
from uuid import UUID

from llm.gateway.types import Usage
from rooms.models import Room

logger = logging.getLogger(__name__)


def may_summarise(room: Room, model: str) -> bool:
    """Whether the room's budget has something left for a summary by `model`."""
    return True


def record_summary(room: Room, model: str, usage: Usage, chunk: UUID) -> None:
    """Keep what the summary of one chunk used, once."""
    logger.info("Room %s: a summary by %s used %s tokens", room.pk, model, usage.input_tokens)
