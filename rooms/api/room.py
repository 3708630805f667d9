"""One room, for its members."""

from __future__ import annotations

import json
from typing import cast
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from rooms import commands, eventlog, snapshots
from rooms.api.base import ParleyView
from rooms.api.shapes import PersonaSetup
from rooms.errors import not_found
from rooms.models import Participant
from rooms.protocol.shapes import ChatStyle


class RoomView(ParleyView):
    def get(self, request: Request, room_id: UUID) -> Response:
        """The snapshot: what a socket's first load carries."""
        return Response(snapshots.room_snapshot(self.seat(room_id)))


class CommandsView(ParleyView):
    def post(self, request: Request, room_id: UUID) -> Response:
        """Any command of the room, as over the socket."""
        frame = commands.parse_frame(self.body)
        return Response({"result": commands.execute(self.viewer, room_id, frame)})


class MessagesView(ParleyView):
    def get(self, request: Request, room_id: UUID) -> Response:
        """A page of older messages: `?before=<seq>&limit=<n>`."""
        seat = self.seat(room_id)
        before = self.whole_number("before", seat.room.head_seq + 1)
        limit = self.whole_number("limit", snapshots.PAGE)
        return Response(snapshots.older_messages(seat, before=before, limit=limit))


class MessageView(ParleyView):
    def get(self, request: Request, room_id: UUID, message_id: UUID) -> Response:
        """One message as it is now, with its text so far while it streams."""
        return Response(snapshots.one_message(self.seat(room_id), message_id).model_dump(mode="json"))


class PersonaSetupView(ParleyView):
    def get(self, request: Request, room_id: UUID, participant_id: UUID) -> Response:
        """A persona's prompt, own model and style, for every member. A person has none."""
        personas = self.seat(room_id).room.participants.filter(kind=Participant.Kind.PERSONA)
        persona = personas.filter(pk=participant_id).first()
        if persona is None:
            raise not_found()
        setup = PersonaSetup(
            participant_id=persona.pk,
            prompt=persona.prompt,
            model=persona.model,
            style=cast(ChatStyle, persona.style),
        )
        return Response(setup.model_dump(mode="json"))


class EventsView(ParleyView):
    def get(self, request: Request, room_id: UUID) -> Response:
        """The events after a number: `?after=<seq>`."""
        seat = self.seat(room_id)
        head_seq = eventlog.head(room_id)
        missed = snapshots.missed_events(room_id, after=self.whole_number("after"))
        events = [json.loads(eventlog.encode_committed(event)) for event in missed]
        return Response({"events": events, "head_seq": max(head_seq, seat.room.head_seq)})
