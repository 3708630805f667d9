"""The ways into a room: an invitation, and a public room's open door."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from rooms import commands
from rooms.access import access_invite, access_public_room
from rooms.actions.roster import Newcomer, join_room
from rooms.api import shapes
from rooms.api.base import ParleyView
from rooms.api.described import documented
from rooms.api.lobby import faces
from rooms.api.session import become_guest
from rooms.lobby import crowds
from rooms.models import Room


class InviteView(ParleyView):
    @documented("getInvite", "rooms", gives=shapes.Invite)
    def get(self, request: Request, token: str) -> Response:
        """The room that an invitation opens, for anybody who holds it."""
        room = access_invite(token)
        crowd = crowds([room.pk])[room.pk]
        seats = room.participants.filter(left_at=None, **self.viewer.seat_filter)
        return self.answer(
            shapes.Invite(
                room=shapes.InvitedRoom(id=room.pk, name=room.name, description=room.description),
                participants=faces(crowd.first),
                people=crowd.people,
                personas=crowd.personas,
                is_member=seats.exists(),
            )
        )


class _JoinView(ParleyView):
    """Sit down in a room; nobody yet becomes a guest of that name."""

    is_arrival = True

    def join(self, request: Request, room: Room) -> Response:
        body = commands.parse(shapes.JoinRoom, self.body)
        command_id = body.command_id or self.command_id
        # Outside of the join's transaction: a name that is taken here is a guest's all the same.
        viewer = self.viewer if self.viewer.is_known else become_guest(request, body.name)

        def do() -> dict[str, Any]:
            join_room(room=room, by=viewer, newcomer=Newcomer(body.name, body.title))
            return {"room_id": str(room.pk)}

        digest = commands.digest_of("room.join", room.pk, body.name, body.title)
        made = commands.once(viewer, command_id, digest, do)
        return self.answer(shapes.RoomMade.model_validate(made))


class JoinByInviteView(_JoinView):
    @documented("joinByInvite", "rooms", takes=shapes.JoinRoom, gives=shapes.RoomMade, has_key=True)
    def post(self, request: Request, token: str) -> Response:
        """Join by an invitation. Nobody yet becomes a guest of that name."""
        return self.join(request, access_invite(token))


class JoinPublicView(_JoinView):
    @documented("joinRoom", "rooms", takes=shapes.JoinRoom, gives=shapes.RoomMade, has_key=True)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Join a public room. Nobody yet becomes a guest of that name."""
        return self.join(request, access_public_room(room_id))
