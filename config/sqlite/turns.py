"""One at a time, in the order of coming."""

from __future__ import annotations

from collections import deque
from threading import Lock


class Turns:
    """A lock that is handed to whoever has waited longest. `threading.Lock` may go to whoever
    comes at the right moment."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._waiting: deque[Lock] = deque()
        self._is_taken = False

    def take(self, seconds: float) -> bool:
        """False when it was not this thread's turn within `seconds`."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=seconds):
            return True
        with self._mutex:
            if turn not in self._waiting:
                return True  # it came in the last moment
            self._waiting.remove(turn)
            return False

    def give(self) -> None:
        """To the next, if somebody waits."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
