"""Which of a room's messages personas are told of at all."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from llm.models import Turn
from rooms.models import Message


def told(room_id: UUID, but_of_run: UUID | None = None) -> QuerySet[Message]:
    """The messages that personas are told of; `but_of_run`: without what was said in this run."""
    kinds = (Message.Kind.CHAT, Message.Kind.POLL)
    messages = (
        Message.objects.filter(room_id=room_id, kind__in=kinds)
        .exclude(state=Message.State.STREAMING)
        .exclude(text="")
    )
    if but_of_run is None:
        return messages
    return messages.exclude(turn_id__in=Turn.objects.filter(run=but_of_run).values("pk"))
