"""What one socket is sent: in order, counted, bounded, never in the way of others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from rooms.outbox import Outbox, Window

ROOMY = Window(frames=1_000, held_bytes=1_000_000, seconds=60)


def frame(seq: int | None, type_: str, data: str) -> str:
    """The keys of a real envelope in their real order."""
    envelope = {"v": 1, "room": "r", "seq": seq, "at": "now", "type": type_, "data": data}
    return json.dumps(envelope, separators=(",", ":"))


def event(seq: int, size: int = 0) -> str:
    return frame(seq, "message.posted", "x" * size)


def whisper(name: str, size: int = 0) -> str:
    return frame(None, "message.deltas", name + "x" * size)


def answer(name: str, size: int = 0) -> str:
    return frame(None, "command.ok", name + "x" * size)


class FakeSocket:
    """A socket that notes what it is sent. `is_open` cleared: `send` waits, as with a full buffer."""

    def __init__(self, window: Window) -> None:
        self.frames: list[dict[str, Any]] = []
        self.given_up = 0
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.outbox = Outbox(self._send, self._give_up, window)

    async def _send(self, text: str) -> None:
        await self.is_open.wait()
        self.frames.append(json.loads(text))

    def _give_up(self) -> None:
        self.given_up += 1

    @property
    def seqs(self) -> list[int | None]:
        return [frame["seq"] for frame in self.frames]


async def settle() -> None:
    """Let every task that can run, run."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [1_000.0]
    monkeypatch.setattr("rooms.outbox.monotonic", lambda: now[0])

    def advance(seconds: float) -> None:
        now[0] += seconds

    return advance


async def test_frames_are_counted_from_one_and_kept_in_order() -> None:
    socket = FakeSocket(ROOMY)
    for seq in range(1, 51):
        socket.outbox.put(event(seq))
        if seq % 7 == 0:
            await asyncio.sleep(0)
    await settle()
    assert socket.seqs == list(range(1, 51))
    assert [frame["n"] for frame in socket.frames] == list(range(1, 51))
    assert socket.frames[0] == {"n": 1, **json.loads(event(1))}


async def test_put_never_waits_for_the_socket() -> None:
    socket = FakeSocket(ROOMY)
    socket.is_open.clear()
    for seq in range(1, 4):
        socket.outbox.put(event(seq))
    await settle()
    assert socket.frames == []
    socket.is_open.set()
    await settle()
    assert socket.seqs == [1, 2, 3]


async def test_only_a_window_is_unacknowledged() -> None:
    socket = FakeSocket(Window(frames=3, held_bytes=10_000, seconds=60))
    for seq in range(1, 8):
        socket.outbox.put(event(seq))
    await settle()
    assert socket.seqs == [1, 2, 3]
    socket.outbox.acknowledge(2)
    await settle()
    assert socket.seqs == [1, 2, 3, 4, 5]
    socket.outbox.acknowledge(5)
    await settle()
    assert socket.seqs == [1, 2, 3, 4, 5, 6, 7]
    assert socket.given_up == 0


@pytest.mark.parametrize("n", [-1, 0, 99, 10**30])
async def test_an_acknowledgement_of_what_was_not_sent_counts_for_nothing(n: int) -> None:
    socket = FakeSocket(Window(frames=2, held_bytes=10_000, seconds=60))
    for seq in range(1, 6):
        socket.outbox.put(event(seq))
    await settle()
    socket.outbox.acknowledge(n)
    await settle()
    assert socket.seqs == [1, 2]
    socket.outbox.acknowledge(1)
    socket.outbox.acknowledge(1)
    await settle()
    assert socket.seqs == [1, 2, 3]


async def test_held_whispers_are_shed_first_and_events_kept_in_order() -> None:
    socket = FakeSocket(Window(frames=1, held_bytes=2_500, seconds=60))
    socket.outbox.put(event(1))
    await settle()
    for seq in range(2, 5):
        socket.outbox.put(whisper(f"w{seq}", 500))
        socket.outbox.put(event(seq, 100))
    socket.outbox.put(whisper("last", 500))  # over the bound
    assert socket.given_up == 0
    for n in range(1, 5):
        socket.outbox.acknowledge(n)
        await settle()
    assert socket.seqs == [1, 2, 3, 4]
    assert [frame["n"] for frame in socket.frames] == [1, 2, 3, 4]


async def test_an_answer_to_a_command_is_never_shed() -> None:
    socket = FakeSocket(Window(frames=1, held_bytes=1_000, seconds=60))
    socket.outbox.put(event(1))
    await settle()
    socket.outbox.put(answer("done", 300))
    socket.outbox.put(whisper("w", 800))  # over the bound
    socket.outbox.acknowledge(1)
    await settle()
    assert [frame["type"] for frame in socket.frames] == ["message.posted", "command.ok"]


async def test_text_that_says_seq_null_is_no_whisper() -> None:
    socket = FakeSocket(Window(frames=1, held_bytes=1_000, seconds=60))
    socket.outbox.put(event(1))
    await settle()
    mine = {"v": 1, "room": "r" * 36, "seq": 2, "at": "2026-01-01T00:00:00.000Z", "type": "message.posted"}
    socket.outbox.put(json.dumps({**mine, "data": '"seq":null'}, separators=(",", ":")))
    socket.outbox.put(whisper("w", 1_000))
    socket.outbox.acknowledge(1)
    await settle()
    assert socket.seqs == [1, 2]


async def test_too_many_events_held_gives_up_once() -> None:
    socket = FakeSocket(Window(frames=1, held_bytes=1_000, seconds=60))
    for seq in range(1, 9):
        socket.outbox.put(event(seq, 300))
        await settle()
    assert socket.seqs == [1]
    assert socket.given_up == 1
    socket.outbox.acknowledge(1)
    socket.outbox.put(event(9))
    await settle()
    assert socket.seqs == [1], "a socket that was given up is sent nothing more"


async def test_large_frames_in_flight_are_bounded_by_their_bytes() -> None:
    socket = FakeSocket(Window(frames=100, held_bytes=100_000, seconds=60, flight_bytes=12_000))
    for seq in range(1, 21):
        socket.outbox.put(frame(seq, "message.posted", "x" * 1_000))
    await settle()
    assert len(socket.frames) == 12 - 1
    socket.outbox.acknowledge(8)
    await settle()
    assert len(socket.frames) == 12 - 1 + 8
    socket.outbox.acknowledge(16)
    await settle()
    assert socket.seqs == list(range(1, 21))
    assert socket.given_up == 0


async def test_as_many_frames_go_out_as_a_client_needs_to_acknowledge(clock: Callable[[float], None]) -> None:
    """However large they are: the first one alone may be beyond the bound, as a snapshot may."""
    socket = FakeSocket(Window(frames=100, held_bytes=100_000, seconds=15, flight_bytes=100))
    for seq in range(1, 12):
        socket.outbox.put(frame(seq, "message.posted", "x" * 1_000))
    await settle()
    assert len(socket.frames) == 8
    socket.outbox.acknowledge(8)
    clock(16)
    socket.outbox.put(frame(12, "message.posted", ""))
    await settle()
    assert socket.seqs == list(range(1, 13))
    assert socket.given_up == 0


async def test_no_progress_for_too_long_gives_up(clock: Callable[[float], None]) -> None:
    socket = FakeSocket(Window(frames=2, held_bytes=10_000, seconds=15))
    for seq in (1, 2):
        socket.outbox.put(event(seq))
    await settle()
    clock(14)
    socket.outbox.check_progress()
    assert socket.given_up == 0
    clock(2)
    socket.outbox.check_progress()
    assert socket.given_up == 1


async def test_slow_progress_is_progress(clock: Callable[[float], None]) -> None:
    socket = FakeSocket(Window(frames=2, held_bytes=10_000, seconds=15))
    for seq in range(1, 11):
        socket.outbox.put(event(seq))
        await settle()
        socket.outbox.check_progress()
        clock(14)
        socket.outbox.acknowledge(seq - 1)
        await settle()
    assert socket.given_up == 0


async def test_a_quiet_client_is_not_slow(clock: Callable[[float], None]) -> None:
    """Nothing was in flight for an hour; its time begins with the next frame."""
    socket = FakeSocket(Window(frames=1, held_bytes=10_000, seconds=15))
    socket.outbox.put(event(1))
    await settle()
    socket.outbox.acknowledge(1)
    clock(3_600)
    socket.outbox.check_progress()
    socket.outbox.put(event(2))
    await settle()
    socket.outbox.check_progress()
    socket.outbox.put(event(3))
    await settle()
    assert (socket.given_up, socket.seqs) == (0, [1, 2])


async def test_a_closed_outbox_sends_nothing() -> None:
    socket = FakeSocket(ROOMY)
    socket.is_open.clear()
    socket.outbox.put(event(1))
    await settle()
    socket.outbox.close()
    socket.outbox.put(event(2))
    socket.is_open.set()
    await settle()
    assert (socket.frames, socket.given_up) == ([], 0)


async def test_a_connection_that_is_gone_is_sent_nothing_more_and_harms_nobody() -> None:
    tried: list[str] = []

    async def broken(text: str) -> None:
        tried.append(text)
        raise ConnectionError

    outbox = Outbox(broken, lambda: tried.append("gave up"), ROOMY)
    for seq in (1, 2):
        outbox.put(event(seq))
        await settle()
    # Given up once, so that a socket that is not gone after all is not left deaf.
    assert (json.loads(tried[0])["seq"], tried[1:]) == (1, ["gave up"])


async def test_an_opening_larger_than_the_bound_is_sent_whole() -> None:
    socket = FakeSocket(Window(frames=100, held_bytes=1_000, seconds=60))
    opening = [answer("hello"), *(event(seq, 800) for seq in range(1, 6))]
    socket.outbox.put_opening(opening)
    socket.outbox.put(event(6))
    await settle()
    assert socket.seqs == [None, 1, 2, 3, 4, 5, 6]
    assert socket.given_up == 0
