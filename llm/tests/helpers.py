"""Short ways to turns in a known state, through the doors that production uses."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from django.db.models import F

from llm import turns
from llm.dispatch import dispatch_room
from llm.models import Turn
from rooms.models import Message, Participant
from rooms.tests.people import Json, Workshop

WORKER = UUID(int=1)


def seat(studio: Workshop, name: str) -> Participant:
    return Participant.objects.get(room=studio.uuid, name=name)


def dispatched(studio: Workshop) -> list[Turn]:
    """Decides on what was said; returns all turns of the room, oldest first."""
    dispatch_room(studio.uuid)
    return list(
        Turn.objects.filter(room=studio.uuid).select_related("participant").order_by("created_at", "id")
    )


def called(studio: Workshop, text: str = "@Ada hello") -> Turn:
    """Bob says `text`; returns the newest queued turn."""
    studio.bob.say(studio.id, text)
    return [turn for turn in dispatched(studio) if turn.state == Turn.State.QUEUED][-1]


def running(studio: Workshop, text: str = "@Ada hello") -> Turn:
    turn = turns.claim(called(studio, text).pk, WORKER)
    assert turn is not None
    return turn


def speaking(studio: Workshop, said: str = "One ", text: str = "@Ada hello") -> Turn:
    """A running turn with `said` visible."""
    turn = running(studio, text)
    assert turns.begin(turn, uuid4(), said)
    return turn


def lose_lease(turn: Turn) -> None:
    """As if the worker had been silent for a minute."""
    Turn.objects.filter(pk=turn.pk).update(lease_until=F("lease_until") - timedelta(minutes=1))


def message_of(turn: Turn) -> Message:
    turn.refresh_from_db()
    assert turn.message_id is not None
    return Message.objects.get(pk=turn.message_id)


def turn_events(studio: Workshop, after: int = 0) -> list[Json]:
    return [e["data"]["turn"] for e in studio.alice.events(studio.id, after) if e["type"] == "turn.changed"]


def head_seq(studio: Workshop) -> int:
    return int(studio.alice.snapshot(studio.id)["head_seq"])
