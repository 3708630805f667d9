"""`manage.py say`: post into a room as an account, and watch the replies on the terminal."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from llm.models import Turn
from llm.turns import OPEN
from rooms import commands, livetext, snapshots
from rooms.actions.roster import Newcomer, join_room
from rooms.errors import ParleyError
from rooms.models import Message, Participant, Room
from rooms.protocol.commands import CommandFrame
from rooms.viewers import Viewer

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
            found = _room(room)
            viewer = _seat(found, username)
            frame = CommandFrame(type="message.post", command_id=uuid4(), data={"text": text})
            message_id = UUID(commands.execute(viewer, found.pk, frame)["message_id"])
        except ParleyError as error:
            raise CommandError(error.message) from None
        self._watch(found, Message.objects.get(pk=message_id), time.monotonic() + seconds)

    def _watch(self, room: Room, mine: Message, deadline: float) -> None:
        """Print what comes after `mine` until everybody who was woken has ended."""
        printer = _Printer(self.stdout)
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


class _Printer:
    """Prints messages, one after the other, those in the making as they grow."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self._open: dict[UUID, int] = {}  # message → characters printed; the first one is on the line

    def take(self, type_: str, data: dict[str, Any]) -> None:
        if type_ == "turn.changed" and data["turn"]["error"] and not data["turn"]["message_id"]:
            self._out.write(f"  ({data['turn']['error']['message']})")
        if type_ not in {"message.posted", "message.finished"}:
            return
        message = data["message"]
        message_id = UUID(message["id"])
        if message["state"] == "streaming":
            self._open.setdefault(message_id, 0)
        else:
            if message_id not in self._open:
                self._open[message_id] = 0
            self._finish(message_id)

    def follow(self) -> None:
        """More of the reply whose turn it is to be printed."""
        if self._open:
            message_id = next(iter(self._open))
            live = livetext.read(message_id)
            if live is not None:
                self._print(message_id, live.text)

    def _print(self, message_id: UUID, text: str) -> None:
        printed = self._open[message_id]
        if printed == 0 and text:
            author = Participant.objects.get(messages=message_id)
            self._out.write(f"{author.name}: ", ending="")
        self._out.write(text[printed:], ending="")
        self._out.flush()
        self._open[message_id] = len(text)

    def _finish(self, message_id: UUID) -> None:
        message = Message.objects.get(pk=message_id)
        self._print(message_id, message.text)
        note = f"  ({message.error_message})" if message.error_message else ""
        self._out.write(f"\n{note}" if note else "")
        del self._open[message_id]


def _room(text: str) -> Room:
    try:
        rooms = Room.objects.filter(pk=UUID(text))
    except ValueError:
        rooms = Room.objects.filter(name__iexact=text)
    found = list(rooms[:2])
    if len(found) != 1:
        what = "No room has" if not found else "Several rooms have"
        raise CommandError(f"{what} this name or id: give the id from the room's address.")
    return found[0]


def _seat(room: Room, username: str) -> Viewer:
    user = get_user_model().objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no account {username}: choose one with --as.")
    viewer = Viewer(user_id=user.pk)
    join_room(room=room, by=viewer, newcomer=Newcomer(username))
    return viewer
