"""The protocol's TypeScript and its tables are made from the shapes alone."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pytest

from rooms.protocol.base import Id, Shape, Time
from rooms.protocol.commands import CORE_COMMANDS, CommandData
from rooms.protocol.events import CORE_EVENTS, Durability, EventData
from rooms.protocol.export import UnknownSchemaError, event_table, typescript
from rooms.protocol.shapes import MessageShape
from rooms.protocol.snapshot import SnapshotCore


class Inner(Shape):
    kind: Literal["a", "b"] = "a"
    note: str | None


class Outer(Shape):
    id: Id
    at: Time | None
    inner: Inner
    many: list[Inner]
    open: dict[str, Any]


class Happened(EventData):
    type: ClassVar[str] = "thing.happened"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = "It happened | twice."
    outer: Outer


class DoThing(CommandData):
    type: ClassVar[str] = "thing.do"
    summary: ClassVar[str] = "Do it."
    name: str
    note: str | None = None


class DoAll(CommandData):
    type: ClassVar[str] = "thing.do_all"
    summary: ClassVar[str] = "Do them all."


def test_shapes_become_schemas_in_the_order_of_need() -> None:
    text = typescript([Outer], [Happened], [DoThing, DoAll], SnapshotCore)
    assert (
        text.index("export const Inner =") < text.index("export const Outer =") < text.index("const Happened")
    )
    assert text.count("export const Inner =") == 1
    # A default is still always sent, so it is not optional.
    assert "  kind: v.picklist(['a', 'b'])," in text
    assert "  note: v.nullable(v.string())," in text
    assert "  at: v.nullable(v.string())," in text
    assert "  many: v.array(Inner)," in text
    assert "  open: v.record(v.string(), v.unknown())," in text
    assert "  'thing.happened': Happened," in text


def test_commands_become_types_with_their_optional_fields() -> None:
    text = typescript([], [], [DoThing, DoAll], SnapshotCore)
    assert "export type DoThing = {\n  name: string;\n  note?: string | null;\n};" in text
    assert "export type DoAll = Record<string, never>;" in text
    assert "  'thing.do': DoThing;" in text


def test_the_real_protocol_can_be_written_and_is_the_same_each_time() -> None:
    first = typescript([MessageShape], CORE_EVENTS, CORE_COMMANDS, SnapshotCore)
    assert first == typescript([MessageShape], CORE_EVENTS, CORE_COMMANDS, SnapshotCore)
    assert "export const PROTOCOL_VERSION = " in first


def test_an_unknown_construct_names_the_field_and_the_mend() -> None:
    class Odd(Shape):
        pair: tuple[int, str]

    with pytest.raises(UnknownSchemaError, match=r"Odd\.pair: .* teach it to rooms/protocol/export\.py"):
        typescript([Odd], [], [], SnapshotCore)


def test_one_name_for_two_shapes_is_refused() -> None:
    def other() -> type[Shape]:
        class Inner(Shape):
            other: int

        return Inner

    with pytest.raises(UnknownSchemaError, match="Two different shapes are called Inner"):
        typescript([Inner, other()], [], [], SnapshotCore)


def test_tables_name_every_event_and_command() -> None:
    table = event_table([Happened], [DoThing, DoAll])
    assert "| `thing.happened` | durable | It happened \\| twice. |" in table
    assert "| `thing.do` | Do it. | `name`, `note` (optional) |" in table
    assert "| `thing.do_all` | Do them all. | none |" in table
