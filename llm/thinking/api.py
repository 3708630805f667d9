"""What a turn thought, for those who open it."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from llm.models import Thinking, Turn
from llm.protocol import Thought
from rooms import livetext
from rooms.access import Seat
from rooms.api.base import ParleyView
from rooms.api.described import documented
from rooms.errors import not_found


class ThinkingView(ParleyView):
    @documented("readThinking", "turns", gives=Thought)
    def get(self, request: Request, room_id: UUID, turn_id: UUID) -> Response:
        """What a turn thought; while it runs, what it has thought so far."""
        return self.answer(thinking_of(self.seat(room_id), turn_id))


def thinking_of(seat: Seat, turn_id: UUID) -> Thought:
    """Raises `not_found` where the turn is another room's, and where it showed no thinking."""
    turn = Turn.objects.filter(pk=turn_id, room=seat.room).first()
    if turn is None:
        raise not_found()
    if turn.state == Turn.State.RUNNING:
        live = livetext.read(turn.pk)
        if live is not None:
            return Thought(turn_id=turn.pk, fence=live.fence, index=live.index, text=live.text)
    # Also for one that ended between the two looks.
    kept = Thinking.objects.filter(turn=turn).first()
    if kept is None:
        raise not_found()
    return Thought(turn_id=turn.pk, fence=turn.fence, index=0, text=kept.text)
