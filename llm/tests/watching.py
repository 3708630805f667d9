"""Somebody who watches a room over a channel that a test reorders, doubles, loses and cuts.

No sockets: what is broadcast stands in `broadcasts` until the test hands it on, to the
server's own outbox and through that to the client's fold (tests/stack/state.py).
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from rooms import eventlog
from rooms.access import access_room
from rooms.consumers.opening import encoded, opening_frames
from rooms.outbox import Outbox, Window
from rooms.protocol.events import Heartbeat
from rooms.tests.people import Answer, Json, Person
from tests.stack.state import RoomState

ACKNOWLEDGED_EVERY = 3
# So small that a client which does not read soon has frames held back, dropped, and is cut.
WINDOW = Window(frames=9, held_bytes=8_000, seconds=3_600)
SETTLED_WITHIN = 6

Run = Callable[[Coroutine[Any, Any, None]], Any]


class Watcher:
    """A client, its connection, and what is under way to it."""

    def __init__(
        self, person: Person, room_id: UUID, run: Callable[[Coroutine[Any, Any, None]], Any]
    ) -> None:
        self.person = person
        self.state = RoomState()
        # In the channel layer, where frames may overtake each other and be lost.
        self.broadcasts: list[str] = []
        self._room_id = room_id
        self._viewer = person.viewer
        self._run = run
        self._outbox: Outbox | None = None
        # Sent and not yet read: a TCP stream, which keeps the order.
        self._socket: deque[str] = deque()

    @property
    def is_connected(self) -> bool:
        return self._outbox is not None

    def connect(self) -> None:
        """As the consumer does: it hears of the room before it reads it."""
        self.cut()
        query = f"after={self.state.head_seq}&epoch={self.state.epoch}" if self.state.epoch else ""
        seat = access_room(self._viewer, self._room_id, need="read")
        opening = opening_frames(seat, query.encode(), None)
        self._outbox = Outbox(self._send, self.cut, WINDOW)
        self._with_outbox(lambda outbox: outbox.put_opening(opening))

    def cut(self) -> None:
        """The connection ends, and with it what was sent and not read."""
        outbox, self._outbox = self._outbox, None
        self._socket.clear()
        if outbox is not None:
            outbox.close()

    def start_anew(self) -> None:
        """The page is loaded again."""
        self.cut()
        self.state = RoomState()

    def hand_on(self, position: int, *, is_kept: bool = False) -> None:
        """A broadcast reaches the process of this client's socket, if it has one; where it
        `is_kept` it will come again."""
        frame = self.broadcasts[position] if is_kept else self.broadcasts.pop(position)
        self._with_outbox(lambda outbox: outbox.put(frame))

    def beat(self) -> None:
        heartbeat = encoded(self._room_id, Heartbeat(head_seq=eventlog.head(self._room_id)))
        self._with_outbox(lambda outbox: outbox.put(heartbeat))

    def read(self, most: int) -> None:
        """The client handles what came, `most` frames of it."""
        for _ in range(most):
            if not self._socket:
                return
            frame = json.loads(self._socket.popleft())
            self._fold(frame)
            if frame["n"] % ACKNOWLEDGED_EVERY == 0:
                self._acknowledge(frame["n"])

    def repair(self) -> None:
        """Asks for what it knows to be missing, as a client does a moment later."""
        if not self.is_connected:
            return
        room = f"/api/rooms/{self._room_id}/"
        for message_id in sorted(self.state.gapped):
            self.state.put_message(self._get(f"{room}messages/{message_id}/").body)
        if not self.state.is_behind:
            return
        answer = self.person.get(f"{room}events/", after=self.state.head_seq)
        if answer.code == "replay_too_far":
            snapshot = self._get(room).body
            self._check(self.state.replace(snapshot), after=snapshot["head_seq"])
            return
        assert answer.status == 200, answer
        for envelope in answer.body["events"]:
            self._fold(envelope)

    def settle(self) -> None:
        """Nothing gets lost any more: what is under way comes, what is missing is asked for."""
        for _ in range(SETTLED_WITHIN):
            if not self.is_connected:
                self.connect()
            while self.broadcasts and self.is_connected:
                self.hand_on(0)
                self.read(len(self._socket))
            self.beat()
            while self._socket:
                self.read(1)
            self.repair()
            if self.is_connected and self._is_whole:
                return
        raise AssertionError(f"not whole after {SETTLED_WITHIN} heartbeats: {vars(self.state)}")

    @property
    def _is_whole(self) -> bool:
        state = self.state
        return bool(state.epoch) and not (state.is_behind or state.gapped or state.held)

    def _fold(self, envelope: Json) -> None:
        is_snapshot = envelope["type"] == "snapshot"
        after = envelope["data"]["head_seq"] if is_snapshot else self.state.head_seq
        self._check(self.state.apply(envelope), after=after)

    def _check(self, applied: list[Json], *, after: int) -> None:
        """Events are shown once each, in the order of their numbers, without a hole."""
        assert [event["seq"] for event in applied] == list(range(after + 1, after + 1 + len(applied)))

    def _get(self, path: str) -> Answer:
        answer = self.person.get(path)
        assert answer.status == 200, answer
        return answer

    def _acknowledge(self, n: int) -> None:
        self._with_outbox(lambda outbox: outbox.acknowledge(n))

    async def _send(self, text: str) -> None:
        self._socket.append(text)

    def _with_outbox(self, use: Callable[[Outbox], None]) -> None:
        """On the loop, which an outbox sends from; without a connection nothing happens."""
        outbox = self._outbox
        if outbox is None:
            return

        async def work() -> None:
            use(outbox)
            await outbox.flushed()

        self._run(work())
