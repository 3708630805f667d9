"""What rooms asks of upper apps, as typed registries. They fill them in `AppConfig.ready()`;
a room with nothing registered works.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel, create_model

from rooms.protocol.commands import CORE_COMMANDS, CommandData
from rooms.protocol.events import CORE_EVENTS, EventData
from rooms.protocol.snapshot import MessagePageCore, SnapshotCore

if TYPE_CHECKING:
    from rooms.access import Need, Seat
    from rooms.models import Message, Room


@dataclass(frozen=True)
class CommandSpec:
    """How a command is done: what the seat must be allowed, and the call that does it.

    `handle(seat, data, command_id)` runs in the receipt's transaction and returns the
    command's result, a JSON object.
    """

    data: type[CommandData]
    need: Need
    handle: Callable[[Seat, Any, UUID], dict[str, Any]]


@dataclass(frozen=True)
class SnapshotSection:
    """A list of `shape` that a snapshot carries under `name`, for the messages it shows."""

    name: str
    shape: type[BaseModel]
    read: Callable[[Room, Sequence[Message]], Sequence[BaseModel]]


@dataclass(frozen=True)
class ResolvedModel:
    """The model that a persona answers with now; `is_scripted` for the demo models."""

    name: str
    is_scripted: bool


_commands: dict[str, CommandSpec] = {}
_events: list[type[EventData]] = list(CORE_EVENTS)
_command_shapes: list[type[CommandData]] = list(CORE_COMMANDS)
_sections: dict[str, SnapshotSection] = {}


def _own_model(model: str, lens: str) -> ResolvedModel:
    return ResolvedModel(model, is_scripted=False)


_resolve_model: Callable[[str, str], ResolvedModel] = _own_model
_is_demo: Callable[[], bool] = lambda: True  # noqa: E731 (a default, replaced at start)


def register_command(spec: CommandSpec) -> None:
    _commands[spec.data.type] = spec
    if spec.data not in _command_shapes:
        _command_shapes.append(spec.data)


def register_event(event: type[EventData]) -> None:
    if event not in _events:
        _events.append(event)


def register_snapshot_section(section: SnapshotSection) -> None:
    _sections[section.name] = section
    snapshot_shape.cache_clear()
    message_page_shape.cache_clear()


def register_model_resolver(
    resolve: Callable[[str, str], ResolvedModel], is_demo: Callable[[], bool]
) -> None:
    """`resolve(model, lens)`: see `resolve_model`. `is_demo()`: no model is configured, so that
    scripted voices stand in."""
    global _resolve_model, _is_demo
    _resolve_model, _is_demo = resolve, is_demo


def command(type_: str) -> CommandSpec | None:
    return _commands.get(type_)


def resolve_model(model: str, lens: str) -> ResolvedModel:
    """What a persona answers with now: `model` if it is not blank, else the server's default,
    else the scripted demo voice `lens`."""
    return _resolve_model(model, lens)


def is_demo() -> bool:
    return _is_demo()


def snapshot_sections() -> list[SnapshotSection]:
    return list(_sections.values())


@cache
def snapshot_shape() -> type[SnapshotCore]:
    """The whole snapshot: the room's own part and every registered section."""
    return create_model("Snapshot", __base__=SnapshotCore, **_section_fields())


@cache
def message_page_shape() -> type[MessagePageCore]:
    """A page of messages with every registered section."""
    return create_model("MessagePage", __base__=MessagePageCore, **_section_fields())


def _section_fields() -> dict[str, Any]:
    return {s.name: (list[s.shape], ...) for s in _sections.values()}  # type: ignore[name-defined]


def all_events() -> list[type[EventData]]:
    return list(_events)


def all_commands() -> list[type[CommandData]]:
    return list(_command_shapes)
