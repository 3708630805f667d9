"""What Daphne lacks for an orderly end, and for sending to many at once. Under another server
(uvicorn drains by itself) the functions do nothing: only what is loaded already is touched.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from types import FrameType
from typing import Any

from rooms.draining import Draining


def drain_before_stopping(draining: Draining) -> None:
    """SIGTERM drains, then stops the reactor as Daphne would have; a second one stops it at once."""
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is None:
        return

    def on_sigterm(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, reactor.sigTerm)
        reactor.callFromThread(begin)

    def begin() -> None:
        task = asyncio.get_running_loop().create_task(draining.drain())
        task.add_done_callback(lambda _: reactor.stop())

    # Once it runs: Twisted sets its own handler as it starts.
    reactor.callWhenRunning(reactor.callLater, 0, signal.signal, signal.SIGTERM, on_sigterm)


def allow_every_close_code() -> None:
    """Lets an application close with 1012 ("service restart") and 1013 ("try again later").

    Both are registered for servers; Autobahn's `sendClose`, which Daphne calls, raises for all
    codes below 3000 but 1000. The call below it sends what it is given.
    """
    module: Any = sys.modules.get("daphne.ws_protocol")
    if module is None:
        return

    def server_close(protocol: Any, code: int | None = None) -> None:
        protocol.sendCloseFrame(code=1000 if code is None else code, isReply=False)

    module.WebSocketProtocol.serverClose = server_close


def write_at_once() -> None:
    """Writes a frame to its connection as it is sent, where the connection takes it.

    Twisted puts it into a buffer and has the event loop tell when the connection is writable,
    which it nearly always is: of a message to 200 sockets the first went out after the last was
    encoded (p50 with 200 watchers 38 ms, at once 24). What does not fit stays in the buffer.
    """
    module: Any = sys.modules.get("daphne.ws_protocol")
    if module is None:
        return
    server_send = module.WebSocketProtocol.serverSend

    def send_and_write(protocol: Any, content: str | bytes, binary: bool = False) -> None:
        server_send(protocol, content, binary)
        transport = protocol.transport
        # A TLS transport has no such method. Of one that is being closed doWrite's answer is the
        # reactor's to see, as is an error: it finds the same one when it writes the rest.
        if hasattr(transport, "doWrite") and transport.connected and not transport.disconnecting:
            transport.doWrite()

    module.WebSocketProtocol.serverSend = send_and_write
