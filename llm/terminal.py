"""A room on a terminal: what management commands share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from rooms import livetext
from rooms.actions.roster import Newcomer, join_room
from rooms.models import Message, Participant, Room
from rooms.viewers import Viewer


class Printer:
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


def room_called(text: str) -> Room:
    try:
        rooms = Room.objects.filter(pk=UUID(text))
    except ValueError:
        rooms = Room.objects.filter(name__iexact=text)
    found = list(rooms[:2])
    if len(found) != 1:
        what = "No room has" if not found else "Several rooms have"
        raise CommandError(f"{what} this name or id: give the id from the room's address.")
    return found[0]


def viewer_called(username: str) -> Viewer:
    user = get_user_model().objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no account {username}: choose one with --as.")
    return Viewer(user_id=user.pk)


def seat_of(room: Room, username: str) -> Viewer:
    viewer = viewer_called(username)
    join_room(room=room, by=viewer, newcomer=Newcomer(username))
    return viewer
