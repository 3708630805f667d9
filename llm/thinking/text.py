"""The thinking of one turn, bounded. Pure."""

from __future__ import annotations

from llm.graphemes import split_settled

CHARACTERS = 32_000
CUT = "\n\n[…]\n\n"
_HALF = (CHARACTERS - len(CUT)) // 2


class Thinking:
    """What came so far. All of it is told live up to `CHARACTERS`; what is kept of more is
    its beginning and its end."""

    def __init__(self) -> None:
        self.index = -1
        self._first = ""
        self._last = ""
        self._told = 0

    def add(self, piece: str) -> None:
        room = CHARACTERS - len(self._first)
        self._first += piece[:room]
        self._last = (self._last + piece[room:])[-_HALF:]

    @property
    def is_empty(self) -> bool:
        return not self._first.strip()

    def kept(self) -> str:
        """What is stored: whole, or without its middle, marked."""
        if not self._last:
            return self._first.strip()
        end = (self._first + self._last)[-_HALF:]
        return f"{self._first[:_HALF]}{CUT}{end}".strip()

    def take(self) -> tuple[str, str]:
        """What may be told now, and all that was told with it."""
        settled, _ = split_settled(self._first[self._told :])
        self._told += len(settled)
        return settled, self._first[: self._told]
