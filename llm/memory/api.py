"""A room's memory over REST, for its members."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from llm.memory.checkpoints import checkpoint_for
from llm.memory.protocol import (
    AddMemoryLine,
    EditedMemoryLine,
    EditMemoryLine,
    LineMade,
    MemoryCite,
    MemoryLine,
    RemoveMemoryLine,
    RoomMemoryShape,
)
from llm.memory.windows import room_budget
from llm.models import Checkpoint
from rooms import commands
from rooms.access import Seat
from rooms.api.base import ParleyView
from rooms.api.described import documented
from rooms.models import Message


class MemoryView(ParleyView):
    @documented("readMemory", "memory", gives=RoomMemoryShape)
    def get(self, request: Request, room_id: UUID) -> Response:
        """What the room remembers of its older messages, line by line, with the messages they come from."""
        return self.answer(memory_of(self.seat(room_id)))


class LinesView(ParleyView):
    @documented("addMemoryLine", "memory", takes=AddMemoryLine, gives=LineMade, status=201, has_key=True)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Have the room remember something (any member)."""
        result = self.do(room_id, AddMemoryLine, self.body)
        return self.answer(LineMade.model_validate(result), status=201)


class LineView(ParleyView):
    @documented("editMemoryLine", "memory", takes=EditedMemoryLine, gives=RoomMemoryShape, has_key=True)
    def patch(self, request: Request, room_id: UUID, line_id: UUID) -> Response:
        """Have the room remember a line in other words (any member)."""
        text = commands.parse(EditedMemoryLine, self.body).text
        self.do(room_id, EditMemoryLine, {"line_id": str(line_id), "text": text})
        return self.answer(memory_of(self.seat(room_id)))

    @documented("removeMemoryLine", "memory", status=204, has_key=True)
    def delete(self, request: Request, room_id: UUID, line_id: UUID) -> Response:
        """Have the room forget a line (any member)."""
        self.do(room_id, RemoveMemoryLine, {"line_id": str(line_id)})
        return Response(status=204)


def memory_of(seat: Seat) -> RoomMemoryShape:
    remembered = checkpoint_for(seat.room)
    newest = Checkpoint.objects.filter(room=seat.room, version=remembered.version).first()
    cited = {seq for line in remembered.lines for seq in line.cites}
    ids = dict(Message.objects.filter(room=seat.room, seq__in=cited).values_list("seq", "pk"))
    return RoomMemoryShape(
        version=remembered.version,
        upto_seq=remembered.upto_seq,
        model=newest.model if newest else "",
        changed_at=newest.created_at if newest else None,
        lines=[
            MemoryLine(
                id=line.id,
                text=line.text,
                cites=[MemoryCite(message_id=ids[seq], seq=seq) for seq in line.cites if seq in ids],
                origin=line.origin,
                by=line.by,
            )
            for line in remembered.lines
        ],
        tokens=remembered.tokens(),
        budget=room_budget(seat.room),
    )
