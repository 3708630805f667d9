"""Who is in a room, for its members."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from rooms import snapshots
from rooms.api import shapes
from rooms.api.base import ParleyView
from rooms.api.described import Query, documented
from rooms.commands import parse
from rooms.errors import ParleyError
from rooms.protocol.commands import RemoveParticipant, RenameSelf, SetRole
from rooms.protocol.shapes import ParticipantShape

_BAN = Query("ban", "1: a person can't join again.")


class ParticipantsView(ParleyView):
    @documented("listParticipants", "participants", gives=shapes.ParticipantList)
    def get(self, request: Request, room_id: UUID) -> Response:
        """Everybody who is there, people and personas, in the order they came."""
        return self.answer(shapes.ParticipantList(results=snapshots.present(self.seat(room_id))))


class ParticipantView(ParleyView):
    @documented(
        "changeParticipant",
        "participants",
        takes=shapes.ChangeParticipant,
        gives=ParticipantShape,
        has_key=True,
    )
    def patch(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """Your own name and title, or (owner) somebody's role: one of the two at a time."""
        seat = self.seat(room_id)
        asked = parse(shapes.ChangeParticipant, self.body)
        given = asked.model_dump(mode="json", exclude_none=True)
        is_rename = bool(given.keys() & {"name", "title"})
        if is_rename is (asked.role is not None):
            raise ParleyError("invalid", "Give either a name and title, or a role.")
        if not is_rename:
            self.do(room_id, SetRole, {"participant_id": str(participant_id), **given})
        elif participant_id == seat.participant.pk:
            self.do(room_id, RenameSelf, given)
        else:
            raise ParleyError("not_allowed", "Only they can change their name and title.")
        return self.answer(snapshots.one_participant(self.seat(room_id), participant_id))

    @documented(
        "removeParticipant",
        "participants",
        status=204,
        has_key=True,
        query=[_BAN],
    )
    def delete(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """Remove a person or a persona (owner; a moderator not an owner or moderator)."""
        data = {"participant_id": str(participant_id), "ban": self.flag("ban")}
        self.do(room_id, RemoveParticipant, data)
        return Response(status=204)
