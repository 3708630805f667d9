"""A room's raised hands over REST, for its members."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from llm.hands.protocol import GrantHand, HandList, HandShape, LowerHand
from llm.hands.shaping import hand_shape, up_in
from llm.models import Hand
from rooms.api.base import ParleyView
from rooms.api.described import documented


class HandsView(ParleyView):
    @documented("listHands", "hands", gives=HandList)
    def get(self, request: Request, room_id: UUID) -> Response:
        """The hands that are up, the oldest first."""
        hands = up_in(self.seat(room_id).room.pk)
        return self.answer(HandList(results=[hand_shape(hand) for hand in hands]))


class GrantView(ParleyView):
    @documented("grantHand", "hands", gives=HandShape, has_key=True)
    def post(self, request: Request, room_id: UUID, hand_id: UUID) -> Response:
        """Let whoever raised it speak: at once, or in a run between two turns (any member)."""
        self.do(room_id, GrantHand, {"hand_id": str(hand_id)})
        return self.answer(hand_shape(Hand.objects.get(pk=hand_id)))


class LowerView(ParleyView):
    @documented("lowerHand", "hands", gives=HandShape, has_key=True)
    def post(self, request: Request, room_id: UUID, hand_id: UUID) -> Response:
        """Take a raised hand down (any member)."""
        self.do(room_id, LowerHand, {"hand_id": str(hand_id)})
        return self.answer(hand_shape(Hand.objects.get(pk=hand_id)))
