"""Who is asking: an account, a guest, or nobody yet; in person, or by a program's token."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from rooms.models import ApiToken, Guest
from rooms.tokens import bearer_of, find_token

GUEST_KEY = "guest_id"


@dataclass(frozen=True)
class Viewer:
    """Somebody on whose behalf a room is read or changed. At most one id is set.

    `scope` is what a program's token allows, "person" for somebody with a session.
    """

    user_id: int | None = None
    guest_id: UUID | None = None
    scope: Literal["person", "read", "write"] = "person"

    @property
    def is_known(self) -> bool:
        return self.user_id is not None or self.guest_id is not None

    @property
    def may_write(self) -> bool:
        return self.scope != "read"

    @property
    def key(self) -> str:
        """A text that names this viewer among all, for receipts and limits."""
        return f"user:{self.user_id}" if self.user_id is not None else f"guest:{self.guest_id}"

    @property
    def seat_filter(self) -> dict[str, Any]:
        """What tells this viewer's participants from all others; matches none for nobody."""
        if self.user_id is not None:
            return {"user_id": self.user_id}
        if self.guest_id is not None:
            return {"guest_id": self.guest_id}
        return {"pk": None}


NOBODY = Viewer()


def viewer_of_session(session: Any) -> Viewer:
    """The viewer whom a session names. An account wins over the guest it once was.

    `session` is Django's session store, loaded here (a database read).
    """
    request = HttpRequest()
    request.session = session
    user = get_user(request)
    if user.is_authenticated:
        return Viewer(user_id=user.pk)
    guest_id = session.get(GUEST_KEY)
    if guest_id and Guest.objects.filter(pk=guest_id).exists():
        return Viewer(guest_id=UUID(guest_id))
    return NOBODY


def viewer_of_token(token: ApiToken) -> Viewer:
    return Viewer(user_id=token.user_id, scope=cast(Literal["read", "write"], token.scope))


def viewer_of_socket(scope: Any) -> Viewer:
    """The viewer whom a socket's token names, else its session as it is now.

    `scope` is the ASGI scope. Raises `token_invalid`.
    """
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    bearer = bearer_of(headers.get(b"authorization"))
    if bearer is not None:
        return viewer_of_token(find_token(bearer))
    store = import_module(settings.SESSION_ENGINE).SessionStore
    return viewer_of_session(store(scope["session"].session_key))
