"""Who is asking: an account, a guest, or nobody yet. Resolved once a request or socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user
from django.http import HttpRequest

from rooms.models import Guest

GUEST_KEY = "guest_id"


@dataclass(frozen=True)
class Viewer:
    """Somebody on whose behalf a room is read or changed. At most one id is set."""

    user_id: int | None = None
    guest_id: UUID | None = None

    @property
    def is_known(self) -> bool:
        return self.user_id is not None or self.guest_id is not None

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
