from __future__ import annotations

from typing import Any, cast
from uuid import UUID, uuid4

from pydantic import BaseModel
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rooms import commands, limits
from rooms.access import Need, Seat, access_room
from rooms.errors import ParleyError
from rooms.protocol.commands import CommandData, CommandFrame
from rooms.viewers import Viewer


class ParleyView(APIView):
    """A view on behalf of the request's viewer."""

    request: Request
    # Somebody comes in by it: limited by address as well.
    is_arrival = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in SAFE_METHODS:
            return
        address = limits.address_of(request.META)
        limits.spend("writes", self.viewer.key if self.viewer.is_known else address)
        if self.is_arrival:
            limits.spend("arrivals", address)

    @property
    def viewer(self) -> Viewer:
        return cast(Viewer, self.request.auth)

    @property
    def body(self) -> Any:
        return self.request.data

    @property
    def command_id(self) -> UUID:
        """The request's `Idempotency-Key`, else a new one. Raises `invalid`."""
        key = self.request.headers.get("Idempotency-Key")
        try:
            return uuid4() if key is None else UUID(key.strip('"'))
        except ValueError:
            fields = {"Idempotency-Key": "not a UUID"}
            raise ParleyError("invalid", "Idempotency-Key must be a UUID.", fields=fields) from None

    def seat(self, room_id: UUID, need: Need = "read") -> Seat:
        return access_room(self.viewer, room_id, need=need)

    def do(self, room_id: UUID, command: type[CommandData], data: Any = None) -> dict[str, Any]:
        """Do a command of the room, with the request's key as its id; answers its result."""
        if not isinstance(data, dict | None):
            raise ParleyError("malformed", "The request's body must be a JSON object.")
        frame = CommandFrame(type=command.type, command_id=self.command_id, data=data or {})
        return commands.execute(self.viewer, room_id, frame)

    def answer(self, shape: BaseModel, status: int = 200) -> Response:
        return Response(shape.model_dump(mode="json"), status=status)

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

    def flag(self, name: str) -> bool:
        """A query parameter that is 1 or 0; absent is 0."""
        return self.whole_number(name, 0) != 0

    def words(self, name: str, most: int = 200) -> str:
        """A query parameter to look for, stripped; absent is blank. Raises `invalid`."""
        text = self.request.query_params.get(name, "").strip()
        # PostgreSQL can't look for NUL.
        if len(text) > most or "\x00" in text:
            sentence = f"{name} must be at most {most} visible characters."
            raise ParleyError("invalid", sentence, fields={name: "not text"})
        return text
