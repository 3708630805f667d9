"""Who answers a message, and why: for every member of its room."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from llm.ledger import wakes_of
from llm.protocol import WakesShape
from rooms.api.base import ParleyView
from rooms.api.described import documented
from rooms.errors import not_found
from rooms.models import Message


class WakesView(ParleyView):
    @documented("listWakes", "messages", gives=WakesShape)
    def get(self, request: Request, room_id: UUID, message_id: UUID) -> Response:
        """Why each persona did, or did not, speak because of a message."""
        seat = self.seat(room_id)
        message = (
            Message.objects.select_related("wake_decision", "router_call", "room")
            .filter(room=seat.room, pk=message_id, seq__isnull=False)
            .first()
        )
        if message is None:
            raise not_found()
        return self.answer(wakes_of(message))
