"""Who you are to this server: nobody yet, a guest with a name, or an account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.middleware.csrf import get_token
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import extensions
from rooms.actions.guests import create_guest
from rooms.api import shapes
from rooms.api.base import ParleyView
from rooms.api.described import documented
from rooms.commands import parse
from rooms.models import Guest
from rooms.viewers import GUEST_KEY, Viewer


def name_of(user: Any, viewer: Viewer) -> str | None:
    """What a viewer is called before they name themselves in a room; `user` is the request's."""
    if viewer.user_id is not None:
        # Mentions are written with @, and an account is often an address.
        return str(user.get_short_name() or user.get_username().split("@")[0])
    if viewer.guest_id is not None:
        return Guest.objects.values_list("name", flat=True).filter(pk=viewer.guest_id).first()
    return None


def become_guest(request: Request, name: str) -> Viewer:
    """A new guest in the request's session."""
    guest = create_guest(name=name)
    request._request.session.cycle_key()
    request._request.session[GUEST_KEY] = str(guest.pk)
    return Viewer(guest_id=guest.pk)


def _session(request: Request, viewer: Viewer) -> shapes.Session:
    user: Any = request.user
    name = name_of(user, viewer)
    return shapes.Session(
        kind="user" if viewer.user_id is not None else "guest" if name is not None else "anonymous",
        name=name,
        is_staff=viewer.user_id is not None and user.is_staff,
        csrf_token=get_token(request._request),
        build=settings.BUILD,
        is_demo=extensions.is_demo(),
    )


class SessionView(ParleyView):
    @documented("getSession", "session", gives=shapes.Session)
    def get(self, request: Request) -> Response:
        """Who you are to this server."""
        return self.answer(_session(request, self.viewer))


class GuestView(ParleyView):
    is_arrival = True

    @documented("becomeGuest", "session", takes=shapes.NameYourself, gives=shapes.Session)
    def post(self, request: Request) -> Response:
        """Take a name. Somebody known already stays who they are."""
        body = parse(shapes.NameYourself, self.body)
        viewer = self.viewer if self.viewer.is_known else become_guest(request, body.name)
        return self.answer(_session(request, viewer))
