"""Rooms with a past, for pages that must cope with one."""

from __future__ import annotations

from tests.stack.stack import Stack

# Through the action that people's messages take, in one commit with the clock turned back:
# behind it the room's processes have much to decide on, and on SQLite another writer waits for them.
_PROGRAM = """
from datetime import timedelta
from django.utils import timezone
from rooms import eventlog
from rooms.access import Seat
from rooms.actions.messages import post_message
from rooms.models import Message, Participant

owner = Participant.objects.select_related("room").get(room_id={room_id!r}, role="owner")
by = Seat(owner.room, owner)
written = []
with eventlog.transaction():
    for number in range({count}):
        lines = "\\n\\n".join(f"Line {{line}} of message {{number}}." for line in range(1 + number * 7 % 11))
        text = f"Message {{number}}. " + "word " * (number * 13 % 90) + lines
        if number % 9 == 4:
            text += "\\n\\n```python\\nprint(1)\\nprint(2)\\n```"
        reply = written[0].pk if number == {count} - 2 else None
        written.append(post_message(by=by, text=text, reply_to_id=reply, command_id=None))
    for number, message in enumerate(written):
        message.created_at = timezone.now() - timedelta(days=({count} - 1 - number) // 25)
    Message.objects.bulk_update(written, ["created_at"])
"""


def write_history(stack: Stack, room_id: str, *, count: int) -> None:
    """`count` messages of uneven height by the room's owner, 25 a day up to today. The
    last but one replies to the first."""
    stack.manage("shell", "-v", "0", "-c", _PROGRAM.format(room_id=room_id, count=count))
