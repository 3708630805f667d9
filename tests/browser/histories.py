"""Rooms with a past, for pages that must cope with one."""

from __future__ import annotations

from tests.stack.stack import Stack

# Through the action that people's messages take; only the clock is turned back after it.
_PROGRAM = """
import datetime
from django.utils import timezone
from rooms.access import Seat
from rooms.actions.messages import post_message
from rooms.models import Message, Participant

owner = Participant.objects.get(room_id={room_id!r}, role="owner")
by = Seat(owner.room, owner)
first = None
for number in range({count}):
    lines = "\\n\\n".join(f"Line {{line}} of message {{number}}." for line in range(1 + number * 7 % 11))
    text = f"Message {{number}}. " + "word " * (number * 13 % 90) + lines
    if number % 9 == 4:
        text += "\\n\\n```python\\nprint(1)\\nprint(2)\\n```"
    reply = first.pk if first and number == {count} - 2 else None
    message = post_message(by=by, text=text, reply_to_id=reply, command_id=None)
    first = first or message
    then = timezone.now() - datetime.timedelta(days=({count} - 1 - number) // 25)
    Message.objects.filter(pk=message.pk).update(created_at=then)
"""


def write_history(stack: Stack, room_id: str, *, count: int) -> None:
    """`count` messages of uneven height by the room's owner, 25 a day up to today. The
    last but one replies to the first."""
    stack.manage("shell", "-v", "0", "-c", _PROGRAM.format(room_id=room_id, count=count))
