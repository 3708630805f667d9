"""Nobody speaks in a room that is archived."""

from __future__ import annotations

from uuid import UUID

from llm.dispatch import dispatch_room
from llm.models import Turn
from personas.models import Persona
from rooms.tests.people import Person


def test_an_archived_room_wakes_no_persona(alice: Person, ada: Persona) -> None:
    room_ids = [str(alice.create_room(persona_ids=[str(ada.pk)]).body["room_id"]) for _ in range(2)]
    for room_id in room_ids:
        alice.say(room_id, "@Ada hello")
    open_room, archived = (UUID(room_id) for room_id in room_ids)
    alice.command(str(archived), "room.archive")
    assert [dispatch_room(open_room), dispatch_room(archived)] == [1, 0]
    assert not Turn.objects.filter(room_id=archived).exists()
