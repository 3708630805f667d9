"""Rooms to enter: the list, and a new one."""

from __future__ import annotations

from typing import Any, cast

from rest_framework.request import Request
from rest_framework.response import Response

from personas.models import Persona, RoomPreset
from rooms import commands
from rooms.actions.rooms import create_room
from rooms.actions.roster import Newcomer
from rooms.api import pages, shapes
from rooms.api.base import ParleyView
from rooms.api.described import CURSOR, LIMIT, Query, documented
from rooms.api.session import name_of
from rooms.errors import ParleyError
from rooms.lobby import Crowd, crowds, listed_rooms
from rooms.models import Participant
from rooms.protocol.shapes import ParticipantKind, Visibility

_LOBBY = (
    Query("q", "Look for it in names, descriptions and who is there.", str),
    Query("archived", "1: your archived rooms instead."),
    Query("member", "1: only rooms that you are in."),
    CURSOR,
    LIMIT,
)


class RoomsView(ParleyView):
    @documented("listRooms", "rooms", gives=shapes.RoomPage, query=_LOBBY)
    def get(self, request: Request) -> Response:
        """Your rooms and the public ones, the liveliest first."""
        rooms = listed_rooms(
            self.viewer,
            text=self.words("q"),
            is_archived=self.flag("archived"),
            is_member=self.flag("member"),
        )
        limit = self.whole_number("limit", pages.PAGE)
        page = pages.newest_first(request, rooms, "last_activity_at", limit=limit)
        found = crowds([room.pk for room in page.rows])
        cards = [_card(room, found[room.pk]) for room in page.rows]
        return self.answer(shapes.RoomPage(results=cards, next=page.next))

    @documented(
        "createRoom", "rooms", takes=shapes.CreateRoom, gives=shapes.RoomMade, status=201, has_key=True
    )
    def post(self, request: Request) -> Response:
        """A new room, owned by you. Take a name first (`guest/`)."""
        body = commands.parse(shapes.CreateRoom, self.body)
        if not self.viewer.is_known:
            raise ParleyError("not_allowed", "Say who you are first.")
        found = {p.pk: p for p in Persona.objects.filter(pk__in=body.persona_ids)}
        missing = [str(pk) for pk in body.persona_ids if pk not in found]
        if missing:
            raise ParleyError("invalid", "A persona of the cast does not exist.", persona_ids=missing)
        preset = RoomPreset.objects.filter(slug=body.preset).first() if body.preset else None
        if body.preset and preset is None:
            fields = {"preset": "does not exist"}
            raise ParleyError("invalid", "There is no such preset any more.", fields=fields)

        def do() -> dict[str, Any]:
            room = create_room(
                by=self.viewer,
                name=body.name,
                description=body.description,
                visibility=body.visibility,
                owner=Newcomer(name_of(request.user, self.viewer) or ""),
                cast=[found[pk] for pk in dict.fromkeys(body.persona_ids)],
                preset=preset,
            )
            return {"room_id": str(room.pk)}

        asked = body.model_dump(mode="json", exclude={"command_id"})
        digest = commands.digest_of("room.create", asked)
        made = commands.once(self.viewer, body.command_id or self.command_id, digest, do)
        return self.answer(shapes.RoomMade.model_validate(made), status=201)


def faces(participants: list[Participant]) -> list[shapes.Face]:
    return [
        shapes.Face(name=p.name, kind=cast(ParticipantKind, p.kind), avatar=p.avatar, color=p.color)
        for p in participants
    ]


def _card(room: Any, crowd: Crowd) -> shapes.RoomCard:
    """`room` is a Room of `listed_rooms`."""
    return shapes.RoomCard(
        id=room.pk,
        name=room.name,
        description=room.description,
        visibility=cast(Visibility, room.visibility),
        is_member=room.has_seat,
        is_archived=room.archived_at is not None,
        last_activity_at=room.last_activity_at,
        participants=faces(crowd.first),
        people=crowd.people,
        personas=crowd.personas,
    )
