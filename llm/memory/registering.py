"""Memory's commands, event and snapshot section, told to the rooms app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from llm.memory.protocol import AddMemoryLine, EditMemoryLine, MemoryChanged, MemoryMark, RemoveMemoryLine
from llm.memory.writing import add_line, edit_line, mark_of, remove_line
from llm.models import Checkpoint
from rooms import extensions
from rooms.access import Seat
from rooms.models import Message, Room


def _add(seat: Seat, data: AddMemoryLine, command_id: UUID) -> dict[str, Any]:
    return {"line_id": str(add_line(by=seat, text=data.text, cites=data.cites))}


def _edit(seat: Seat, data: EditMemoryLine, command_id: UUID) -> dict[str, Any]:
    edit_line(by=seat, line_id=data.line_id, text=data.text)
    return {}


def _remove(seat: Seat, data: RemoveMemoryLine, command_id: UUID) -> dict[str, Any]:
    remove_line(by=seat, line_id=data.line_id)
    return {}


def _mark(room: Room, messages: Sequence[Message]) -> Sequence[MemoryMark]:
    newest = Checkpoint.objects.filter(room=room).order_by("-version").first()
    return [mark_of(newest)] if newest else []


def register() -> None:
    extensions.register_command(extensions.CommandSpec(AddMemoryLine, "speak", _add))
    extensions.register_command(extensions.CommandSpec(EditMemoryLine, "speak", _edit))
    extensions.register_command(extensions.CommandSpec(RemoveMemoryLine, "speak", _remove))
    extensions.register_event(MemoryChanged)
    # A list of one, or of none: every section is a list.
    extensions.register_snapshot_section(extensions.SnapshotSection("memory", MemoryMark, _mark))
