"""What people say."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from rooms import eventlog
from rooms.access import Seat
from rooms.errors import ParleyError
from rooms.models import Message
from rooms.protocol.events import MessagePosted
from rooms.shaping import message_shape


def post_message(
    *, by: Seat, text: str, reply_to_id: UUID | None, command_id: UUID | None, is_quiet: bool = False
) -> Message:
    """Say something; `is_quiet` wakes nobody. No lock is taken before the event's number.

    Raises `invalid` for text with nothing visible in it or a reply to a message of
    another room.
    """
    text = checked_message(text)
    if reply_to_id is not None and not Message.objects.filter(room=by.room, pk=reply_to_id).exists():
        raise ParleyError("invalid", "The message that this replies to is not in this room.")
    now = timezone.now()
    with eventlog.transaction():
        message = Message.objects.create(
            room=by.room,
            participant=by.participant,
            text=text,
            reply_to_id=reply_to_id,
            is_quiet=is_quiet,
            command_id=command_id,
            created_at=now,
            finished_at=now,
        )
        eventlog.append(by.room.pk, MessagePosted(message=message_shape(message)), places=message.pk)
        return message


def checked_message(text: str) -> str:
    """`text` with one kind of line end and none at its ends. Raises `invalid`."""
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not cleaned.strip():
        raise ParleyError("invalid", "There is nothing in this message.", fields={"text": "empty"})
    if "\x00" in cleaned:
        raise ParleyError("invalid", "A message can't contain the character NUL.", fields={"text": "NUL"})
    return cleaned
