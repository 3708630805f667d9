"""One line for what repeats: an outage must not fill the disk with its own echo."""

from __future__ import annotations

import logging
import time

QUIET_SECONDS = 10.0


class OncePerWhile(logging.Filter):
    """Passes a warning's template once in `QUIET_SECONDS`, then with the number left out.

    Errors always pass; so does everything below a warning.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno != logging.WARNING:
            return True
        key = (record.name, str(record.msg))
        last, left_out = self._seen.get(key, (0.0, 0))
        now = time.monotonic()
        if now - last < QUIET_SECONDS and last:
            self._seen[key] = (last, left_out + 1)
            return False
        if left_out:
            record.msg = f"{record.msg} (and {left_out} more like it)"
        if len(self._seen) > 1_000:
            self._seen.clear()
        self._seen[key] = (now, 0)
        return True
