"""Which of a room's messages personas are told of at all."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from rooms.models import Message


def told(room_id: UUID) -> QuerySet[Message]:
    """The messages that personas are told of."""
    kinds = (Message.Kind.CHAT, Message.Kind.POLL)
    return (
        Message.objects.filter(room_id=room_id, kind__in=kinds)
        .exclude(state=Message.State.STREAMING)
        .exclude(text="")
    )
