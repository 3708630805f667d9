"""The run that a room can start with, as its preset has it."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from personas.extensions import runs
from personas.models import RoomPreset
from rooms.api import shapes
from rooms.api.base import ParleyView
from rooms.api.described import documented
from rooms.models import Participant

_NONE = shapes.RunProposal(run=None, problem="")


class ProposalView(ParleyView):
    @documented("readProposal", "rooms", gives=shapes.RunProposal)
    def get(self, request: Request, room_id: UUID) -> Response:
        """The run that the room's preset proposes, for a room in which nothing was said yet."""
        room = self.seat(room_id).room
        there = room.participants.filter(kind=Participant.Kind.PERSONA, left_at=None, is_muted=False)
        preset = room.preset
        return self.answer(_NONE if preset is None else proposal(preset, there.count()))


def proposal(preset: RoomPreset, personas: int) -> shapes.RunProposal:
    """Of a room with so many personas. A preset outlives modes: what can't be run any more is not
    proposed, and said."""
    if preset.run is None:
        return _NONE
    problems = runs().problems(preset.run)
    if problems:
        return shapes.RunProposal(run=None, problem=f"Its run is left out. {next(iter(problems.values()))}")
    outlook = runs().outlook(preset.run, personas)
    blank = {"question": "", "rounds": 0, "quorum": 2 / 3, "choices": [], "max_turns": 0, "max_usd": 0}
    run = shapes.PresetRun(title=outlook.title, about=outlook.about, **(blank | preset.run))
    return shapes.RunProposal(run=run, problem="")
