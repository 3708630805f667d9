"""What one connection may send before anybody has looked at it.

Daphne queues for the consumer all that comes, however much it is, and answers every ping: ten
clients that sent as fast as they could cost 10 MiB a second, everybody else waited 6 s for a
message, and none of them was ever closed. So a connection with too much in its queue is closed
here, with 4029, as the consumer closes one that is over its rate; of what still comes nothing is
read any more. Under another server this does nothing.
"""

from __future__ import annotations

import sys
from collections import deque
from time import monotonic
from typing import Any

from rooms.consumers.room import CLOSE_FLOODING

# A burst within the rate is a hundred commands; no command is larger than 400 kB.
WAITING_FRAMES = 200
WAITING_BYTES = 2_000_000
# Browsers send none, and other clients one in many seconds.
PINGS_A_SECOND = 20


class Inbound:
    """What of one connection waits for its consumer, and its pings of this second."""

    def __init__(self) -> None:
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._pings = 0
        self._second = 0.0

    def takes_in(self, size: int, waiting: int) -> bool:
        """Whether one more frame is within the bounds; `waiting` are in the queue now."""
        # The queue is in order: what is no longer in it came first.
        while len(self._sizes) > waiting:
            self._bytes -= self._sizes.popleft()
        self._sizes.append(size)
        self._bytes += size
        return len(self._sizes) <= WAITING_FRAMES and self._bytes <= WAITING_BYTES

    def takes_ping(self) -> bool:
        now = monotonic()
        if now - self._second > 1:
            self._second, self._pings = now, 0
        self._pings += 1
        return self._pings <= PINGS_A_SECOND


def end_floods() -> None:
    """Changes Daphne's protocol for all connections to come."""
    module: Any = sys.modules.get("daphne.ws_protocol")
    if module is None:
        return
    protocol_class = module.WebSocketProtocol
    on_open, on_message, on_ping = protocol_class.onOpen, protocol_class.onMessage, protocol_class.onPing
    server_close, process_data = protocol_class.serverClose, protocol_class.processData

    def opened(protocol: Any) -> None:
        protocol.inbound = Inbound()
        on_open(protocol)

    def received(protocol: Any, payload: bytes, is_binary: bool) -> None:
        if protocol.state != protocol.STATE_OPEN:
            return
        if protocol.inbound.takes_in(len(payload), protocol.application_queue.qsize()):
            on_message(protocol, payload, is_binary)
        else:
            close(protocol, CLOSE_FLOODING)

    def pinged(protocol: Any, payload: bytes) -> None:
        if protocol.inbound.takes_ping():
            on_ping(protocol, payload)
        else:
            close(protocol, CLOSE_FLOODING)

    def close(protocol: Any, code: int | None = None) -> None:
        server_close(protocol, code)
        if code == CLOSE_FLOODING:
            # Its goodbye is not waited for: Autobahn drops the connection after a second.
            protocol.transport.pauseProducing()

    def process(protocol: Any) -> bool:
        if protocol.localCloseCode == CLOSE_FLOODING:
            protocol.data = b""
            return False
        go_on: bool = process_data(protocol)
        return go_on

    protocol_class.onOpen = opened
    protocol_class.onMessage = received
    protocol_class.onPing = pinged
    protocol_class.serverClose = close
    protocol_class.processData = process
