"""Doing a command once: the same code for the socket, REST and management commands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError
from pydantic import BaseModel, ValidationError

from rooms import eventlog, extensions
from rooms.access import access_room, require_write
from rooms.errors import ParleyError
from rooms.models import Receipt
from rooms.protocol.commands import CommandFrame
from rooms.viewers import Viewer

Data = TypeVar("Data", bound=BaseModel)


def parse_frame(payload: Any) -> CommandFrame:
    """A command frame from parsed JSON. Raises `malformed`."""
    try:
        return CommandFrame.model_validate(payload)
    except ValidationError as error:
        raise ParleyError(
            "malformed",
            "This is not a command: it needs type, command_id (a UUID) and data.",
            fields=_fields(error),
        ) from None


def execute(viewer: Viewer, room_id: UUID, frame: CommandFrame) -> dict[str, Any]:
    """Do the command on the viewer's behalf and answer its result, at most once ever.

    Steps: 1. the command's shape; 2. access; 3. in one transaction a receipt of an
    earlier run answers, else the action runs and its receipt is stored.
    Raises ParleyError; nothing is changed then.
    """
    spec = extensions.command(frame.type)
    if spec is None:
        raise ParleyError("unknown_command", "This command is not known.", type=frame.type)
    data = parse(spec.data, frame.data)
    digest = _digest(room_id, frame)

    def do() -> dict[str, Any]:
        return spec.handle(access_room(viewer, room_id, need=spec.need), data, frame.command_id)

    return once(viewer, frame.command_id, digest, do)


def once(viewer: Viewer, command_id: UUID, digest: str, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """`do()` in a transaction with its receipt; a repeat gets the stored result.

    Raises `command_reused` where the id was used for something else, `not_allowed` for a
    viewer who may only read: every write on somebody's behalf passes here.
    """
    require_write(viewer)
    try:
        with eventlog.transaction():
            earlier = _earlier(viewer, command_id, digest)
            if earlier is not None:
                return earlier
            result = do()
            Receipt.objects.create(actor=viewer.key, command_id=command_id, digest=digest, result=result)
            return result
    except IntegrityError:
        # Its twin committed in between: all of this run was undone, and the twin's receipt answers.
        earlier = _earlier(viewer, command_id, digest)
        if earlier is None:
            raise
        return earlier


def digest_of(*parts: Any) -> str:
    """A hash that tells two requests under one `command_id` apart."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def parse(shape: type[Data], data: Any) -> Data:
    """`data` as `shape`. Raises `invalid` with a sentence a field."""
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        raise ParleyError("invalid", _sentence(error), fields=_fields(error)) from None


def _digest(room_id: UUID, frame: CommandFrame) -> str:
    return digest_of(room_id, frame.type, frame.data)


def _earlier(viewer: Viewer, command_id: UUID, digest: str) -> dict[str, Any] | None:
    receipt = Receipt.objects.filter(actor=viewer.key, command_id=command_id).first()
    if receipt is None:
        return None
    if receipt.digest != digest:
        raise ParleyError("command_reused", "This command_id was used before, for something else.")
    result: dict[str, Any] = receipt.result
    return result


def _fields(error: ValidationError) -> dict[str, str]:
    return {".".join(str(part) for part in e["loc"]) or "data": e["msg"] for e in error.errors()}


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "data"
    return f"{where}: {first['msg']}."
