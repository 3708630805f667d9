"""Who is here and who is writing, as one socket tells it and is told."""

from __future__ import annotations

from time import monotonic
from uuid import UUID, uuid4

from rooms import eventlog, typing
from rooms.access import Seat, allows
from rooms.presence import Presence
from rooms.protocol.events import PresenceChanged, TypingChanged

# Clients forget a typist after 5 s and say it again every 3.
TYPING_SECONDS = 2.0
# In a larger crowd everybody learns who is here at their own heartbeat: a whole list to
# everybody, for everybody who comes back after a restart, would be megabytes.
PRESENT_WHISPERED_MOST = 50

# An envelope's own keys, which come before its data.
_ENVELOPE_CHARACTERS = 160
_PRESENCE_MARK = f'"type":"{PresenceChanged.type}"'


class Attendance:
    """One socket's part of its room's presence, and its person's typing."""

    def __init__(self, seat: Seat) -> None:
        self._room_id = seat.room.pk
        self._presence = Presence(seat.room.pk, seat.participant.pk, uuid4())
        self._is_typing = False
        self._typing_at = 0.0
        # Whom the client was last told of; None while that is not known.
        self.present: list[UUID] | None = None

    @property
    def line(self) -> str:
        return self._presence.line

    async def begin(self) -> None:
        self.present = await self._presence.stay()

    def tell(self) -> None:
        """Whisper that somebody came, with their first socket."""
        if self._presence.sockets == 1:
            self._tell(self.present)

    async def end(self) -> None:
        """Whisper that somebody went, with their last socket."""
        present = await self._presence.leave()
        if self._presence.sockets == 0:
            self._tell(present)

    def heed(self, frame: str) -> None:
        """Whispers of two processes may cross: after one the next heartbeat says how it is."""
        if _PRESENCE_MARK in frame[:_ENVELOPE_CHARACTERS]:
            self.present = None

    def news(self, present: list[UUID] | None) -> PresenceChanged | None:
        """Who is here, if the client was told otherwise. None also where it is not known."""
        if present is None or present == self.present:
            return None
        self.present = present
        return PresenceChanged(present_ids=present)

    def type(self, is_typing: bool, seat: Seat) -> None:
        """Whisper it to the room, unless nothing is new or the seat may not speak."""
        now = monotonic()
        is_repeat = is_typing == self._is_typing and (not is_typing or now - self._typing_at < TYPING_SECONDS)
        if is_repeat or not allows(seat.participant, "speak"):
            return
        self._is_typing, self._typing_at = is_typing, now
        typing.note(self._room_id, seat.participant.pk, is_typing=is_typing)
        eventlog.whisper(
            self._room_id, TypingChanged(participant_id=seat.participant.pk, is_typing=is_typing)
        )

    def _tell(self, present: list[UUID] | None) -> None:
        if present is not None and len(present) <= PRESENT_WHISPERED_MOST:
            eventlog.whisper(self._room_id, PresenceChanged(present_ids=present))
