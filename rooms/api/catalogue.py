"""What a room can be made of. It holds nothing private, and is for everybody."""

from __future__ import annotations

from typing import cast

from rest_framework.request import Request
from rest_framework.response import Response

from personas.models import Persona, RoomPreset
from rooms import extensions
from rooms.api import shapes
from rooms.api.base import ParleyView
from rooms.api.described import documented
from rooms.api.proposals import proposal
from rooms.protocol.shapes import Visibility


class PersonasView(ParleyView):
    @documented("listPersonas", "catalogue", gives=shapes.PersonaList)
    def get(self, request: Request) -> Response:
        """The catalogue's listed personas, by name."""
        listed = Persona.objects.filter(is_listed=True)
        return self.answer(shapes.PersonaList(results=[_persona(persona) for persona in listed]))


class PresetsView(ParleyView):
    @documented("listPresets", "catalogue", gives=shapes.PresetList)
    def get(self, request: Request) -> Response:
        """What a room can start from, in the catalogue's order."""
        listed = RoomPreset.objects.filter(is_listed=True).prefetch_related("members__persona")
        return self.answer(shapes.PresetList(results=[_preset(preset) for preset in listed]))


def _preset(preset: RoomPreset) -> shapes.Preset:
    personas = [member.persona for member in preset.members.all() if member.persona.is_listed]
    return shapes.Preset(
        slug=preset.slug,
        name=preset.name,
        description=preset.description,
        room_name=preset.room_name,
        room_description=preset.room_description,
        visibility=cast(Visibility, preset.visibility),
        persona_ids=[persona.pk for persona in personas],
        proposal=proposal(preset, len(personas)),
    )


def _persona(persona: Persona) -> shapes.Persona:
    model = extensions.resolve_model(persona.model, persona.slug)
    return shapes.Persona(
        id=persona.pk,
        slug=persona.slug,
        name=persona.name,
        title=persona.title,
        description=persona.description,
        avatar=persona.avatar,
        color=persona.color,
        model=model.name or None,
        is_scripted=model.is_scripted,
    )
