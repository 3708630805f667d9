"""What a persona was given to read: "see as persona"."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from llm.given import given_of
from llm.protocol import GivenShape
from rooms.api.base import ParleyView
from rooms.api.described import Query, documented

_ATTEMPT = Query("attempt", "Which attempt, of those in `attempts`; the last where it is not given.")


class GivenView(ParleyView):
    @documented("readGiven", "turns", gives=GivenShape, query=[_ATTEMPT])
    def get(self, request: Request, room_id: UUID, turn_id: UUID) -> Response:
        """What the model was given for this turn, to the letter (owner, moderator, member)."""
        seat = self.seat(room_id, "inspect")
        attempt = self.whole_number("attempt", -1)
        return self.answer(given_of(seat, turn_id, None if attempt < 0 else attempt))
