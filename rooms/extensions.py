"""What rooms asks of upper apps, as typed registries. They fill them in `AppConfig.ready()`;
a room with nothing registered works.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
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
    from rooms.models import Message, Participant, Room


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
_know_tools: Callable[[Collection[str]], Mapping[str, bool | None]] = lambda names: {}  # noqa: E731 (as above)
_model_problem: Callable[[str], str | None] = lambda name: None  # noqa: E731 (as above)


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


def register_model_catalogue(
    know_tools: Callable[[Collection[str]], Mapping[str, bool | None]],
    model_problem: Callable[[str], str | None],
) -> None:
    """`know_tools(names)`: see `tools_of`. `model_problem(name)`: see there."""
    global _know_tools, _model_problem
    _know_tools, _model_problem = know_tools, model_problem


def command(type_: str) -> CommandSpec | None:
    return _commands.get(type_)


def resolve_model(model: str, lens: str) -> ResolvedModel:
    """What a persona answers with now: `model` if it is not blank, else the server's default,
    else the scripted demo voice `lens`."""
    return _resolve_model(model, lens)


def model_of(persona: Participant, room: Room) -> ResolvedModel:
    """What a persona in `room` answers with now: its own model, else the room's, else as
    `resolve_model`. Resolved at each turn, so that a change takes effect at the next one."""
    return resolve_model(persona.model or room.default_model, persona.lens)


def fallbacks_of(persona: Participant, room: Room) -> list[ResolvedModel]:
    """What a persona in `room` answers with where `model_of` does not, in order, each once:
    its own fallbacks, else the room's."""
    asked = model_of(persona, room).name
    names = dict.fromkeys(persona.fallbacks or room.fallback_models)
    return [resolve_model(name, persona.lens) for name in names if name != asked]


def tools_of(names: Collection[str]) -> Mapping[str, bool | None]:
    """Whether each of these models can call tools; null, or nothing, where that is not known."""
    return _know_tools(names) if names else {}


def model_problem(name: str) -> str | None:
    """Why nothing here can answer with the model `name`, in one sentence, or None."""
    return _model_problem(name)


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
