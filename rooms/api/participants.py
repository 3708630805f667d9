"""Who is in a room, for its members."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from rooms import snapshots
from rooms.api import shapes
from rooms.api.base import ParleyView
from rooms.api.described import Query, documented
from rooms.commands import parse
from rooms.errors import ParleyError
from rooms.protocol.commands import (
    AddPersona,
    EditPersona,
    MutePersona,
    RemoveParticipant,
    RenameSelf,
    SetRole,
)
from rooms.protocol.shapes import ParticipantShape, PersonaSetup

_BAN = Query("ban", "1: a person can't join again.")


class ParticipantsView(ParleyView):
    @documented("listParticipants", "participants", gives=shapes.ParticipantList)
    def get(self, request: Request, room_id: UUID) -> Response:
        """Everybody who is there, people and personas, in the order they came."""
        return self.answer(shapes.ParticipantList(results=snapshots.present(self.seat(room_id))))

    @documented(
        "addPersona", "participants", takes=AddPersona, gives=ParticipantShape, status=201, has_key=True
    )
    def post(self, request: Request, room_id: UUID) -> Response:
        """Seat a persona: the catalogue's, or one made here (owner, moderator)."""
        result = self.do(room_id, AddPersona, self.body)
        added = snapshots.one_participant(self.seat(room_id), UUID(result["participant_id"]))
        return self.answer(added, status=201)


class ParticipantView(ParleyView):
    @documented("getPersonaSetup", "participants", gives=PersonaSetup)
    def get(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """A persona's prompt, own model and style, for every member. A person has none."""
        return self.answer(snapshots.persona_setup(self.seat(room_id), participant_id))

    @documented(
        "changeParticipant",
        "participants",
        takes=shapes.ChangeParticipant,
        gives=ParticipantShape,
        has_key=True,
    )
    def patch(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """Your own name and title; or (owner) somebody's role; or (owner, moderator) a persona."""
        seat = self.seat(room_id)
        given = parse(shapes.ChangeParticipant, self.body).model_dump(mode="json", exclude_none=True)
        whom = {"participant_id": str(participant_id)}
        if snapshots.one_participant(seat, participant_id).kind == "persona":
            self._change_persona(room_id, whom, given)
        elif given.keys() == {"role"}:
            self.do(room_id, SetRole, whom | given)
        elif not given or given.keys() - {"name", "title"}:
            raise ParleyError("invalid", "Of a person, give either a name and title, or a role.")
        elif participant_id == seat.participant.pk:
            self.do(room_id, RenameSelf, given)
        else:
            raise ParleyError("not_allowed", "Only they can change their name and title.")
        return self.answer(snapshots.one_participant(self.seat(room_id), participant_id))

    def _change_persona(self, room_id: UUID, whom: dict[str, str], given: dict[str, Any]) -> None:
        if "is_muted" not in given:
            self.do(room_id, EditPersona, whom | given)
        elif given.keys() == {"is_muted"}:
            self.do(room_id, MutePersona, whom | given)
        else:
            raise ParleyError("invalid", "Mute or unmute a persona by itself, not with other changes.")

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
