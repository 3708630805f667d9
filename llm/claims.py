"""From turns that wait to what their models are asked: claimed, their requests made, their calls reserved."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from llm import given, turns
from llm.context.view import voices_beside
from llm.fencing import Fenced
from llm.guard import Refusal
from llm.models import Turn
from llm.once import reading_once
from llm.requests import TurnRequest, request_for
from llm.reserving import reserved
from llm.resolution import models_of
from llm.retrying import Models
from llm.scriptlines import Voice
from rooms.protocol.shapes import ErrorShape

logger = logging.getLogger(__name__)

INTERNAL = ErrorShape(code="internal", message="Something went wrong on our side. Try again.")


@dataclass(frozen=True)
class Claimed:
    """A turn that is ours to run. `present` are who else is in the room; `so_far` is the text that
    it goes on from, if it does."""

    turn: Turn
    request: TurnRequest
    models: Models
    present: Sequence[Voice]
    so_far: turns.Text | None


def claim(turn_ids: Sequence[UUID], worker: UUID) -> list[Claimed]:
    """Those of these turns that are this worker's from here, and may be asked."""
    ours = turns.claim_together(turn_ids, worker)
    with reading_once():
        asked = [_asked(turn) for turn in ours]
    granted = (_grant(one) for one in asked if one is not None)
    return [one for one in granted if one is not None]


def asking(turn: Turn, so_far: turns.Text | None = None) -> Claimed:
    """The turn with what its model is to be asked, of which nothing is reserved yet."""
    request = request_for(turn, said=so_far.text if so_far else "")
    return Claimed(turn, request, models_of(turn), voices_beside(turn), so_far)


def keep(claimed: Sequence[Claimed]) -> None:
    """What they are asked, for whoever wants to know."""
    for one in claimed:
        given.keep(one.turn, one.request)


def _asked(turn: Turn) -> Claimed | None:
    so_far = turns.so_far(turn)
    try:
        return asking(turn, so_far)
    except Exception:
        _give_up(turn, so_far)
        return None


def _grant(asked: Claimed) -> Claimed | None:
    """With what its budgets leave for its call."""
    turn, so_far = asked.turn, asked.so_far
    try:
        granted = reserved(turn, asked.request)
        if isinstance(granted, Refusal):
            error = ErrorShape(code=granted.code, message=granted.message)
            turns.settle(turn, "blocked", so_far or turns.Text("", 0), error)
            return None
        return replace(asked, request=granted)
    except Fenced:  # stopped since
        return None
    except Exception:
        _give_up(turn, so_far)
        return None


def _give_up(turn: Turn, so_far: turns.Text | None) -> None:
    # Claimed, so nobody else would end it before its lease runs out.
    logger.exception("Turn %s: its request could not be made", turn.pk)
    turns.settle(turn, "failed", so_far or turns.Text("", 0), INTERNAL)
