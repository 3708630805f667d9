"""Who is in a room, as its prompts and its runs need them."""

from __future__ import annotations

from llm.once import once
from rooms.models import Participant, Room


@once(lambda room: (room.pk, room.head_seq))
def everybody(room: Room) -> list[Participant]:
    """Who is in the room, or was, without their prompts. A change of any of them is an event."""
    return list(room.participants.defer("prompt"))
