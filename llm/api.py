"""The turns of a room, for its members: who was woken, what came of it, and its end."""

from __future__ import annotations

from typing import get_args
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from llm.models import Turn
from llm.protocol import (
    ChainGranted,
    ContinueTurn,
    GrantChain,
    RetryTurn,
    SpeakNow,
    StopAllTurns,
    StopTurn,
    TurnPage,
    TurnShape,
    TurnsStopped,
    TurnState,
)
from llm.shaping import turn_shape
from rooms.access import Seat
from rooms.api import pages
from rooms.api.base import ParleyView
from rooms.api.described import CURSOR, LIMIT, Query, documented
from rooms.errors import ParleyError, not_found

_STATE = Query("state", f"Only of these, by commas: {', '.join(get_args(TurnState))}.", str)


class TurnsView(ParleyView):
    @documented("listTurns", "turns", gives=TurnPage, query=[_STATE, CURSOR, LIMIT])
    def get(self, request: Request, room_id: UUID) -> Response:
        """The room's turns, the newest first, also those that were not allowed to speak."""
        rows = _turns(self.seat(room_id))
        states = self.words("state")
        if states:
            rows = rows.filter(state__in=_checked(states.split(",")))
        limit = self.whole_number("limit", pages.PAGE)
        page = pages.newest_first(request, rows, "created_at", limit=limit)
        return self.answer(TurnPage(results=[_shape(turn) for turn in page.rows], next=page.next))


class StopView(ParleyView):
    @documented("stopTurn", "turns", gives=TurnShape, has_key=True)
    def post(self, request: Request, room_id: UUID, turn_id: UUID) -> Response:
        """Stop a turn, queued or running (any member). Its text so far stays."""
        self.do(room_id, StopTurn, {"turn_id": str(turn_id)})
        return self.answer(_one(self.seat(room_id), turn_id))


class RetryView(ParleyView):
    @documented("retryTurn", "turns", gives=TurnShape, status=201, has_key=True)
    def post(self, request: Request, room_id: UUID, turn_id: UUID) -> Response:
        """Ask again after a failed, stopped or blocked turn (any member): a new turn, or of a run that is
        on the same, which the run takes again."""
        result = self.do(room_id, RetryTurn, {"turn_id": str(turn_id)})
        return self.answer(_one(self.seat(room_id), UUID(result["turn_id"])), status=201)


class ContinueView(ParleyView):
    @documented("continueTurn", "turns", gives=TurnShape, status=201, has_key=True)
    def post(self, request: Request, room_id: UUID, turn_id: UUID) -> Response:
        """Have a persona go on with a reply that was cut off (any member): a new turn."""
        result = self.do(room_id, ContinueTurn, {"turn_id": str(turn_id)})
        return self.answer(_one(self.seat(room_id), UUID(result["turn_id"])), status=201)


class SpeakView(ParleyView):
    @documented("speakNow", "turns", takes=SpeakNow, gives=TurnShape, status=201, has_key=True)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Have a persona speak now, on the newest message (any member)."""
        result = self.do(room_id, SpeakNow, self.body)
        return self.answer(_one(self.seat(room_id), UUID(result["turn_id"])), status=201)


class GrantView(ParleyView):
    @documented("grantMore", "turns", gives=ChainGranted, has_key=True)
    def post(self, request: Request, room_id: UUID, turn_id: UUID) -> Response:
        """Let a refused turn and those beside it go on past the limits of their chain (any member)."""
        result = self.do(room_id, GrantChain, {"turn_id": str(turn_id)})
        return self.answer(ChainGranted.model_validate(result))


class StopAllView(ParleyView):
    @documented("stopAllTurns", "turns", gives=TurnsStopped, has_key=True)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Stop every queued or running turn of the room (any member)."""
        return self.answer(TurnsStopped.model_validate(self.do(room_id, StopAllTurns)))


def _turns(seat: Seat) -> QuerySet[Turn]:
    return Turn.objects.filter(room=seat.room).prefetch_related("usage")


def _one(seat: Seat, turn_id: UUID) -> TurnShape:
    turn = _turns(seat).filter(pk=turn_id).first()
    if turn is None:
        raise not_found()
    return _shape(turn)


def _shape(turn: Turn) -> TurnShape:
    return turn_shape(turn, list(turn.usage.all()))


def _checked(states: list[str]) -> list[str]:
    known = get_args(TurnState)
    if not set(states) <= set(known):
        sentence = f"state must be of {', '.join(known)}."
        raise ParleyError("invalid", sentence, fields={"state": "not a state"})
    return states
