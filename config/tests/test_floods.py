"""What of one connection may wait; that a flood is ended shows tests/faults/test_slow_clients.py."""

from __future__ import annotations

import pytest

from config.floods import PINGS_A_SECOND, WAITING_BYTES, WAITING_FRAMES, Inbound


def test_frames_may_come_for_ever_where_they_are_taken_out() -> None:
    inbound = Inbound()
    assert all(inbound.takes_in(WAITING_BYTES, waiting=0) for _ in range(3 * WAITING_FRAMES))


def test_so_many_frames_may_wait() -> None:
    inbound = Inbound()
    assert all(inbound.takes_in(1, waiting=number) for number in range(WAITING_FRAMES))
    assert not inbound.takes_in(1, waiting=WAITING_FRAMES)


def test_so_many_bytes_may_wait() -> None:
    inbound = Inbound()
    assert inbound.takes_in(WAITING_BYTES - 1, waiting=0)
    assert inbound.takes_in(1, waiting=1)
    assert not inbound.takes_in(1, waiting=2)
    # The first two were taken out, the third was told to go.
    assert inbound.takes_in(WAITING_BYTES - 1, waiting=1)


def test_pings_are_counted_by_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr("config.floods.monotonic", lambda: now[0])
    inbound = Inbound()
    assert all(inbound.takes_ping() for _ in range(PINGS_A_SECOND))
    assert not inbound.takes_ping()
    now[0] += 1.1
    assert inbound.takes_ping()
