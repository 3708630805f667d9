"""The orderly end of a web process: it takes nothing new, tells its sockets to come back
elsewhere, and lets the requests that are under way end.

Neither Daphne nor Channels does any of it: on SIGTERM clients would see 1006, with no word
of when to come back, and a request would be cut in its middle. config/daphne.py puts it in
front of Daphne's own way to stop.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from rooms.hub import hub

logger = logging.getLogger(__name__)

# Clients come back spread over a while, so that what serves them next is not stormed: this
# much for each socket, within bounds.
SPREAD_SECONDS_A_SOCKET = 0.005
SPREAD_LEAST_SECONDS = 0.2
SPREAD_MOST_SECONDS = 5.0
# How long requests and closing sockets may take before the process ends without them.
PATIENCE_SECONDS = 6.0

CLOSE_RESTARTING = 1012
# A key of the ASGI scope, for what tells a proxy whether to come here.
IS_DRAINING = "parley.is_draining"


class Draining:
    """ASGI middleware that counts what is under way, and ends it when asked."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.is_draining = False
        self._requests = 0
        self._sockets = 0
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_socket = scope["type"] == "websocket"
        if is_socket and self.is_draining:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": CLOSE_RESTARTING})
            return
        self._count(is_socket, 1)
        try:
            await self.application({**scope, IS_DRAINING: self.is_draining}, receive, send)
        finally:
            self._count(is_socket, -1)

    async def drain(self) -> None:
        """Returns when everything has ended, or after PATIENCE_SECONDS."""
        self.is_draining = True
        spread = self._sockets * SPREAD_SECONDS_A_SOCKET
        hub().retire(min(max(spread, SPREAD_LEAST_SECONDS), SPREAD_MOST_SECONDS))
        try:
            await asyncio.wait_for(self._is_idle.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            logger.warning("Ending with %d requests and %d sockets open", self._requests, self._sockets)

    def _count(self, is_socket: bool, change: int) -> None:
        if is_socket:
            self._sockets += change
        else:
            self._requests += change
        if self._requests or self._sockets:
            self._is_idle.clear()
        else:
            self._is_idle.set()
