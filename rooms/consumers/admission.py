"""Why a socket was let into its room, and whether it still would be. In the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone

from rooms.access import Seat, access_room
from rooms.errors import ParleyError
from rooms.models import Participant
from rooms.viewers import Viewer, viewer_of_socket

# What a session stores, and the account's password and whether it is active.
Basis = tuple[str, tuple[str, bool] | None]


@dataclass
class Admission:
    """A socket's viewer and seat as they were at the connect.

    `basis` is what the viewer was last read from: while it reads the same, so does the viewer.
    None: look in full (at the first beat, and for programs' tokens).
    """

    scope: Any
    viewer: Viewer
    seat: Seat
    basis: Basis | None = None

    @property
    def session_key(self) -> str | None:
        """None for a program: its token counts, not a session."""
        key: str | None = self.scope["session"].session_key if self.viewer.scope == "person" else None
        return key


def admit(scope: Any, room_id: UUID) -> Admission:
    """Whom the socket's session or token names, and their seat. Raises `not_found`, `token_invalid`.

    `scope` is the ASGI scope behind Channels' sessions.
    """
    viewer = viewer_of_socket(scope)
    return Admission(scope, viewer, access_room(viewer, room_id, need="read"))


def look_again(admissions: Sequence[Admission]) -> list[Seat | None]:
    """The seat of each as it is now; None where the session, token or seat is gone."""
    bases = _bases(admissions)
    # One statement for seats and rooms' numbers: `dismiss` compares them.
    seated = Participant.objects.filter(left_at=None).select_related("room")
    participants = seated.in_bulk([admission.seat.participant.pk for admission in admissions])
    seats: list[Seat | None] = []
    for admission, basis in zip(admissions, bases, strict=True):
        participant = participants.get(admission.seat.participant.pk)
        if participant is None or not _still_names(admission, basis):
            seats.append(None)
        else:
            seats.append(Seat(participant.room, participant))
    return seats


def _still_names(admission: Admission, basis: Basis | None) -> bool:
    """Whether the session or token still names the viewer of the connect."""
    if basis is not None and basis == admission.basis:
        return True
    try:
        is_same = viewer_of_socket(admission.scope) == admission.viewer
    except ParleyError:
        return False
    admission.basis = basis if is_same else None
    return is_same


def _bases(admissions: Sequence[Admission]) -> list[Basis | None]:
    now = timezone.now()
    sessions = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class().objects
    keys = {admission.session_key for admission in admissions} - {None}
    stored = dict(
        sessions.filter(pk__in=keys, expire_date__gt=now).values_list("session_key", "session_data")
    )
    user_ids = {admission.viewer.user_id for admission in admissions} - {None}
    users: dict[int, tuple[str, bool]] = {
        pk: (password, is_active)
        for pk, password, is_active in get_user_model()
        .objects.filter(pk__in=user_ids)
        .values_list("pk", "password", "is_active")
    }
    bases: list[Basis | None] = []
    for admission in admissions:
        data = stored.get(admission.session_key or "")
        bases.append(None if data is None else (data, users.get(admission.viewer.user_id or 0)))
    return bases
