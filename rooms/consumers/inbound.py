"""How much a connection may send, and what its frames say."""

from __future__ import annotations

import json
from time import monotonic
from typing import Any

from django.conf import settings

# An acknowledgement is short, and a client sends one for every eighth frame.
ACK_CHARACTERS = 100
ACK_COST = 0.05
BURST_SECONDS = 5
# A larger frame counts as several: what it holds is parsed, and may wait.
FRAME_CHARACTERS = 10_000


class Allowance:
    """A token bucket: so many frames a second, and a burst of a few seconds' worth."""

    def __init__(self) -> None:
        self._left = settings.ROOMS_INBOUND_PER_SECOND * BURST_SECONDS
        self._at = monotonic()

    def covers(self, frame: str | bytes | None) -> bool:
        """Whether this frame is within the rate, which it then uses up."""
        size = len(frame or "")
        is_ack = isinstance(frame, str) and size < ACK_CHARACTERS and '"ack"' in frame
        now = monotonic()
        rate = settings.ROOMS_INBOUND_PER_SECOND
        self._left = min(rate * BURST_SECONDS, self._left + (now - self._at) * rate)
        self._at = now
        self._left -= ACK_COST if is_ack else max(1.0, size / FRAME_CHARACTERS)
        return self._left >= 0


def parsed(text: str) -> Any:
    """The frame's JSON; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
