from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from rest_framework.request import Request
from rest_framework.views import APIView

from rooms.access import Need, Seat, access_room
from rooms.errors import ParleyError
from rooms.viewers import Viewer


class ParleyView(APIView):
    """A view on behalf of the request's viewer."""

    request: Request

    @property
    def viewer(self) -> Viewer:
        return cast(Viewer, self.request.auth)

    @property
    def body(self) -> Any:
        return self.request.data

    def seat(self, room_id: UUID, need: Need = "read") -> Seat:
        return access_room(self.viewer, room_id, need=need)

    def whole_number(self, name: str, default: int | None = None) -> int:
        """A query parameter that is a whole number from 0. Raises `invalid`."""
        text = self.request.query_params.get(name)
        if text is None and default is not None:
            return default
        if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
            raise ParleyError(
                "invalid", f"{name} must be a whole number.", fields={name: "not a whole number"}
            )
        return int(text)
