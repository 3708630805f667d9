"""Which pages may open a socket to this server."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from config.origins import is_welcome
from config.preflight import hosts_for


@pytest.mark.parametrize(
    ("host", "origin", "expected"),
    [
        ("localhost:8000", "http://localhost:8000", True),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("[::1]:8000", "http://[::1]:8000", True),
        ("LOCALHOST:8000", "http://localhost:8000", True),
        ("localhost:8000", None, True),  # no browser
        ("localhost:8000", "https://parley.example", True),  # a proxy that rewrites Host
        ("localhost:8000", "http://localhost:9000", False),
        ("localhost:8000", "http://evil.example", False),
        ("localhost:8000", "null", False),
        ("localhost:8000", "", False),
        ("evil.example:8000", "http://evil.example:8000", False),  # a name that resolves to loopback
        ("", None, False),
    ],
)
def test_a_socket_is_for_pages_of_this_server(
    settings: Settings, host: str, origin: str | None, expected: bool
) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://parley.example"]
    assert is_welcome(host=host, origin=origin) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "localhost,127.0.0.1,[::1]"),
        ("0.0.0.0", "*"),
        ("::", "*"),
        ("192.168.1.5", "localhost,127.0.0.1,[::1],192.168.1.5"),
    ],
)
def test_up_allows_the_names_that_its_address_has(host: str, expected: str) -> None:
    assert hosts_for(host) == expected
