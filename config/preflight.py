"""What is looked at before and while Parley starts: the data directory, the port, whether web
and worker answer. Needs no Django; the tests' stack uses it too."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import urllib.error
import urllib.request
from pathlib import Path


class UpError(Exception):
    """Parley can't start; the message is one sentence with the mend."""


def lock_data_directory(directory: Path) -> int:
    """Holds the data directory for this process: two Valkeys would corrupt one file.
    Raises UpError."""
    handle = os.open(directory / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise UpError(
            f"Another Parley is running with the data in {directory}: stop it, or give this one"
            " its own with --data DIR (and --port)."
        ) from None
    return handle


def hosts_for(host: str) -> str:
    """ALLOWED_HOSTS for a server that listens on `host`: the names that people can reach it
    by, which for all addresses together nobody can list."""
    if host in {"", "0.0.0.0", "::"}:  # noqa: S104 (compared, not bound)
        return "*"
    return ",".join(dict.fromkeys(["localhost", "127.0.0.1", "[::1]", in_url(host)]))


def check_port(host: str, port: int) -> None:
    """Raises UpError where the web server could not listen."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except PermissionError:
        raise UpError(
            f"Port {port} is reserved for root: choose another with --port, for example --port 8000."
        ) from None
    except socket.gaierror:
        raise UpError(
            f"This machine knows no address {host!r}: give another with --host, for example 127.0.0.1."
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UpError(
                f"Port {port} is in use: choose another with --port, for example --port {port + 1}."
            ) from None
        raise UpError(
            f"Can't listen on {host}: give another address with --host, for example 127.0.0.1."
        ) from None


def problems_of(host: str, port: int) -> list[str]:
    """What keeps web and worker from being ready, as sentences; empty when they are."""
    address = "127.0.0.1" if host in {"", "0.0.0.0"} else "::1" if host == "::" else host  # noqa: S104 (compared, not bound)
    url = f"http://{in_url(address)}:{port}/health/ready"
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            state = json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            return [str(problem) for problem in json.load(error)["problems"]] or [f"It answers {error.code}."]
        except (ValueError, KeyError, TypeError):
            return [f"The web server answers {error.code}."]
    except (OSError, ValueError):
        return ["The web server does not answer."]
    return [] if state.get("workers") else ["No worker answers."]


def in_url(host: str) -> str:
    """`host` as a URL writes it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host
