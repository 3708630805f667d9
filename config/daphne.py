"""What Daphne lacks for an orderly end. Under another server (uvicorn drains by itself) both
functions do nothing: only what is loaded already is touched.
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
