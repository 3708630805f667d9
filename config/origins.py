"""Sockets only for pages of this server.

A browser sends its cookies with a socket that any page opens, and no CSRF token. Channels'
own validator knows a list of hosts and no "the host that was asked": with a wildcard it
lets every page in.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host


class SameOriginSockets:
    """ASGI middleware: refuses a socket of an unknown host, or of a page of another origin.

    A page's origin is this server when its host is the Host that was asked, or when it is in
    CSRF_TRUSTED_ORIGINS (a proxy that rewrites Host). A client that is no browser sends no
    Origin, and carries no cookies but its own.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if is_welcome(host=headers.get(b"host", ""), origin=headers.get(b"origin")):
            return await self.application(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)


def is_welcome(*, host: str, origin: str | None) -> bool:
    """Whether a socket asked of `host` by a page of `origin` (None: no browser) may open."""
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return urlsplit(origin).netloc.lower() == host.lower()
