"""`manage.py say`: post into a room as an account, and watch the replies on the terminal."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID, uuid4

from django.core.management.base import BaseCommand, CommandError, CommandParser

from llm.models import Turn
from llm.terminal import Printer, room_called, seat_of
from llm.turns import OPEN
from rooms import commands, snapshots
from rooms.errors import ParleyError
from rooms.models import Message, Room
from rooms.protocol.commands import CommandFrame

LOOK_SECONDS = 0.1
# How long nobody may be woken before the command ends: dispatch takes a moment.
WAKE_SECONDS = 3.0


class Command(BaseCommand):
    help = "Posts a message into a room as an account and prints the replies as they come."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("room", help="the room's id, or its name")
        parser.add_argument("text", help="what to say, such as '@Ada what do you think?'")
        parser.add_argument("--as", dest="username", default="admin", help="the account that speaks (admin)")
        parser.add_argument("--seconds", type=float, default=300, help="how long to watch at most (300)")

    def handle(self, *args: Any, room: str, text: str, username: str, seconds: float, **options: Any) -> None:
        try:
            found = room_called(room)
            viewer = seat_of(found, username)
            frame = CommandFrame(type="message.post", command_id=uuid4(), data={"text": text})
            message_id = UUID(commands.execute(viewer, found.pk, frame)["message_id"])
        except ParleyError as error:
            raise CommandError(error.message) from None
        self._watch(found, Message.objects.get(pk=message_id), time.monotonic() + seconds)

    def _watch(self, room: Room, mine: Message, deadline: float) -> None:
        """Print what comes after `mine` until everybody who was woken has ended."""
        printer = Printer(self.stdout)
        after = mine.seq or 0
        quiet_until = time.monotonic() + WAKE_SECONDS
        while time.monotonic() < deadline:
            for event in snapshots.missed_events(room.pk, after=after):
                after = event.seq
                printer.take(event.type, event.data)
            printer.follow()
            if Turn.objects.filter(room=room, state__in=OPEN).exists():
                quiet_until = time.monotonic() + LOOK_SECONDS * 5
            elif time.monotonic() > quiet_until and not snapshots.missed_events(room.pk, after=after):
                return
            time.sleep(LOOK_SECONDS)
        raise CommandError("Still talking after --seconds; the room goes on without this terminal.")
