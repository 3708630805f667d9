"""The proxy of the fault bench breaks what it says, and nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from time import monotonic

import pytest

from tests.stack.proxy import Proxy
from tests.stack.waiting import wait_until


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """A server that answers with what it gets."""

    def serve(connection: socket.socket) -> None:
        with closing(connection):
            try:
                while piece := connection.recv(1_000):
                    connection.sendall(piece)
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(echo: tuple[str, int]) -> Iterator[Proxy]:
    with Proxy(echo) as proxy:
        yield proxy


def opened(proxy: Proxy) -> socket.socket:
    return socket.create_connection((proxy.host, proxy.port), timeout=20)


def asked(end: socket.socket, text: bytes) -> bytes:
    end.sendall(text)
    return end.recv(1_000)


def read_to_end(end: socket.socket, *, only: bytes) -> None:
    """Returns at a goodbye. A reset may throw away what was not read yet, so `only` may come or not."""
    while piece := end.recv(1_000):
        assert piece == only


def is_reset(proxy: Proxy) -> bool:
    """Whether a new connection is, at once or with what is sent over it."""
    try:
        with closing(opened(proxy)) as end:
            asked(end, b"1")
    except ConnectionResetError:
        return True
    return False


def test_open_it_hands_everything_on(proxy: Proxy) -> None:
    with closing(opened(proxy)) as end:
        assert asked(end, b"hello") == b"hello"
        end.shutdown(socket.SHUT_WR)
        assert end.recv(10) == b""
    wait_until(lambda: proxy.connections == 0, "the link's end")


def test_cut_resets_what_is_open_and_lets_new_ones_through(proxy: Proxy) -> None:
    with closing(opened(proxy)) as old, closing(opened(proxy)) as other:
        assert asked(old, b"1") == asked(other, b"1") == b"1"
        proxy.cut()
        for end in (old, other):
            with pytest.raises(ConnectionResetError):
                end.recv(10)
    with closing(opened(proxy)) as new:
        assert asked(new, b"2") == b"2"


def test_refusing_is_like_nobody_there_until_it_is_restored(proxy: Proxy) -> None:
    proxy.refuse()
    assert is_reset(proxy)
    proxy.restore()
    with closing(opened(proxy)) as end:
        assert asked(end, b"1") == b"1"


def test_silent_keeps_the_connection_and_what_was_sent(proxy: Proxy) -> None:
    with closing(opened(proxy)) as end:
        assert asked(end, b"1") == b"1"
        proxy.go_silent()
        end.sendall(b"2")
        end.settimeout(0.2)
        with pytest.raises(TimeoutError):
            end.recv(10)
        proxy.restore()
        end.settimeout(20)
        assert end.recv(10) == b"2"


def test_mute_loses_answers_and_resets_who_lost_one(proxy: Proxy) -> None:
    with closing(opened(proxy)) as end, closing(opened(proxy)) as other:
        assert asked(end, b"1") == asked(other, b"1") == b"1"
        proxy.go_mute()
        end.sendall(b"2")
        wait_until(lambda: any(link.has_lost for link in list(proxy._links)), "the answer's loss")
        end.settimeout(0.2)
        with pytest.raises(TimeoutError):
            end.recv(10)
        proxy.restore()
        end.settimeout(20)
        with pytest.raises(ConnectionResetError):
            end.recv(10)
        assert asked(other, b"3") == b"3"


def test_delay_holds_for_each_way(proxy: Proxy) -> None:
    proxy.delay(0.1)
    with closing(opened(proxy)) as end:
        began = monotonic()
        assert asked(end, b"1") == b"1"
        assert monotonic() - began >= 0.2


def test_halve_lets_half_an_answer_through(proxy: Proxy) -> None:
    with closing(opened(proxy)) as end:
        assert asked(end, b"1") == b"1"
        proxy.halve()
        end.sendall(b"abcdef")
        with pytest.raises(ConnectionResetError):
            read_to_end(end, only=b"abc")


def test_a_target_that_is_gone_resets() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # nobody else takes it meanwhile, and nobody listens
        with Proxy(nobody.getsockname()) as proxy:
            assert is_reset(proxy)
