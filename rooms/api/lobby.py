"""Rooms to enter: the list, a new one, and the ways in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q
from rest_framework.request import Request
from rest_framework.response import Response

from personas.models import Persona, RoomPreset
from rooms import commands, extensions
from rooms.access import access_invite, access_public_room
from rooms.actions.rooms import create_room
from rooms.actions.roster import Newcomer, join_room
from rooms.api.base import ParleyView
from rooms.api.session import become_guest, session_body
from rooms.api.shapes import CreateRoom, JoinRoom
from rooms.errors import ParleyError
from rooms.models import Participant, Room
from rooms.protocol.base import format_time

ROOMS_LISTED = 200


def _faces(participants: list[Participant]) -> list[dict[str, Any]]:
    return [{"name": p.name, "kind": p.kind, "avatar": p.avatar, "color": p.color} for p in participants]


def _present(room: Room) -> list[Participant]:
    return list(room.participants.filter(left_at=None))


class PersonasView(ParleyView):
    def get(self, request: Request) -> Response:
        """The catalogue's listed personas, by name. It holds nothing private."""
        return Response({"results": [_catalogue_entry(p) for p in Persona.objects.filter(is_listed=True)]})


class PresetsView(ParleyView):
    def get(self, request: Request) -> Response:
        """What a room can start from, in the catalogue's order. It holds nothing private."""
        presets = RoomPreset.objects.filter(is_listed=True).prefetch_related("members__persona")
        return Response({"results": [_preset_entry(preset) for preset in presets]})


def _preset_entry(preset: RoomPreset) -> dict[str, Any]:
    cast = [member.persona for member in preset.members.all() if member.persona.is_listed]
    return {
        "slug": preset.slug,
        "name": preset.name,
        "description": preset.description,
        "room_name": preset.room_name,
        "room_description": preset.room_description,
        "visibility": preset.visibility,
        "persona_ids": [str(persona.pk) for persona in cast],
    }


def _catalogue_entry(persona: Persona) -> dict[str, Any]:
    model = extensions.resolve_model(persona.model, persona.slug)
    return {
        "id": str(persona.pk),
        "slug": persona.slug,
        "name": persona.name,
        "title": persona.title,
        "description": persona.description,
        "avatar": persona.avatar,
        "color": persona.color,
        "model": model.name or None,
        "is_scripted": model.is_scripted,
    }


class RoomsView(ParleyView):
    def get(self, request: Request) -> Response:
        """Your rooms and the public ones, the liveliest first; `?archived=1`: your archived ones."""
        present = Participant.objects.filter(left_at=None)
        mine = set(present.filter(**self.viewer.seat_filter).values_list("room_id", flat=True))
        listed = Q(pk__in=mine, archived_at__isnull=False)
        if self.whole_number("archived", 0) == 0:
            listed = Q(Q(pk__in=mine) | Q(visibility=Room.Visibility.PUBLIC), archived_at=None)
        rooms = (
            Room.objects.filter(listed)
            .prefetch_related(Prefetch("participants", present, to_attr="present"))
            .order_by("-last_activity_at")[:ROOMS_LISTED]
        )
        cards = [
            {
                "id": str(room.pk),
                "name": room.name,
                "description": room.description,
                "visibility": room.visibility,
                "is_member": room.pk in mine,
                "last_activity_at": format_time(room.last_activity_at),
                "participants": _faces(room.present),
            }
            for room in rooms
        ]
        return Response({"results": cards})

    def post(self, request: Request) -> Response:
        """A new room, owned by you. Take a name first (`guest/`)."""
        body = commands.parse(CreateRoom, self.body)
        if not self.viewer.is_known:
            raise ParleyError("not_allowed", "Say who you are first.")
        found = {p.pk: p for p in Persona.objects.filter(pk__in=body.persona_ids)}
        missing = [str(pk) for pk in body.persona_ids if pk not in found]
        if missing:
            raise ParleyError("invalid", "A persona of the cast does not exist.", persona_ids=missing)

        def do() -> dict[str, Any]:
            room = create_room(
                by=self.viewer,
                name=body.name,
                description=body.description,
                visibility=body.visibility,
                owner=Newcomer(str(session_body(request, self.viewer)["name"])),
                cast=[found[pk] for pk in dict.fromkeys(body.persona_ids)],
            )
            return {"room_id": str(room.pk)}

        digest = commands.digest_of("room.create", body.model_dump(mode="json"))
        return Response(commands.once(self.viewer, body.command_id, digest, do), status=201)


class InviteView(ParleyView):
    def get(self, request: Request, token: str) -> Response:
        room = access_invite(token)
        present = _present(room)
        is_member = (
            self.viewer.is_known
            and room.participants.filter(left_at=None, **self.viewer.seat_filter).exists()
        )
        return Response(
            {
                "room": {"id": str(room.pk), "name": room.name, "description": room.description},
                "participants": _faces(present),
                "is_member": is_member,
            }
        )


class _JoinView(ParleyView):
    """Sit down in a room; nobody yet becomes a guest of that name."""

    def join(self, request: Request, room: Room) -> Response:
        body = commands.parse(JoinRoom, self.body)
        # Outside of the join's transaction: a name that is taken here is a guest's all the same.
        viewer = self.viewer if self.viewer.is_known else become_guest(request, body.name)

        def do() -> dict[str, Any]:
            join_room(room=room, by=viewer, newcomer=Newcomer(body.name, body.title))
            return {"room_id": str(room.pk)}

        digest = commands.digest_of("room.join", room.pk, body.name, body.title)
        return Response(commands.once(viewer, body.command_id, digest, do))


class JoinByInviteView(_JoinView):
    def post(self, request: Request, token: str) -> Response:
        return self.join(request, access_invite(token))


class JoinPublicView(_JoinView):
    def post(self, request: Request, room_id: UUID) -> Response:
        return self.join(request, access_public_room(room_id))
