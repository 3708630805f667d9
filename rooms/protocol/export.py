"""The protocol as TypeScript and as a Markdown table, made from the pydantic shapes.

Pure: shapes in, text out, the same text for the same shapes. What the server sends
becomes valibot schemas, so that the browser parses it at the door; what the browser
sends becomes plain types. Objects are not strict there: an older page must not break on
a field that a newer server adds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from rooms.protocol import PROTOCOL_VERSION
from rooms.protocol.commands import CommandData
from rooms.protocol.events import EventData

Schema = Mapping[str, Any]

_REF = "#/$defs/"
_SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
# Bounds are the server's to check, and tell the browser nothing about the type.
_IGNORED = {
    "title", "description", "default", "format", "pattern",
    "minLength", "maxLength", "minItems", "maxItems",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
}  # fmt: skip


class UnknownSchemaError(ValueError):
    """A JSON schema that this module cannot turn into TypeScript; the message names the mend."""


def typescript(
    shapes: Sequence[type[BaseModel]],
    events: Sequence[type[EventData]],
    commands: Sequence[type[CommandData]],
    snapshot: type[BaseModel],
) -> str:
    """The text of `frontend/src/protocol/generated.ts`. Raises UnknownSchemaError.

    1. Every shape, event, the snapshot, and what they refer to: a schema and its type,
       each after those that it needs.
    2. `EVENTS`: event type to schema; `KnownEvent`: the union of them.
    3. Each command's data, and `Commands`: command type to data.
    """
    sent = [*shapes, *events, snapshot]
    defined = _collect(sent, "serialization")
    asked = _collect(commands, "validation")
    blocks = [
        "// Written by `manage.py export_protocol` from rooms/protocol and llm/protocol: change those.",
        "import * as v from 'valibot';",
        f"export const PROTOCOL_VERSION = {PROTOCOL_VERSION};",
    ]
    for name, schema in defined.items():
        blocks.append(
            f"export const {name} = {_valibot(schema, name, 0)};\n"
            f"export type {name} = v.InferOutput<typeof {name}>;"
        )
    rows = "\n".join(f"  '{event.type}': {event.__name__}," for event in events)
    blocks.append(
        f"/** What `data` is, by the envelope's `type`. */\nexport const EVENTS = {{\n{rows}\n}};\n"
        "export type EventType = keyof typeof EVENTS;\n"
        "export type EventDataOf<T extends EventType> = v.InferOutput<(typeof EVENTS)[T]>;"
    )
    variants = [*((event.type, event.__name__) for event in events), ("snapshot", snapshot.__name__)]
    rows = "\n".join(
        f"  v.object({{ ...HEAD, type: v.literal('{type_}'), data: {name} }})," for type_, name in variants
    )
    blocks.append(
        "const HEAD = { seq: v.nullable(v.number()), at: v.string() };\n\n"
        "/** A frame whose type is known, with its data. */\n"
        f"export const KnownEvent = v.variant('type', [\n{rows}\n]);\n"
        "export type KnownEvent = v.InferOutput<typeof KnownEvent>;"
    )
    blocks.extend(f"export type {name} = {_type(schema, name, 0)};" for name, schema in asked.items())
    rows = "\n".join(f"  '{command.type}': {command.__name__};" for command in commands)
    blocks.append(
        f"/** What to send as `data`, by the command's `type`. */\nexport interface Commands {{\n{rows}\n}}\n"
        "export type CommandType = keyof Commands;"
    )
    return "\n\n".join(blocks) + "\n"


def event_table(events: Sequence[type[EventData]], commands: Sequence[type[CommandData]]) -> str:
    """The tables of docs/event-protocol.md, as Markdown."""
    lines = ["| Event | Kind | What it says |", "| --- | --- | --- |"]
    lines += [f"| `{e.type}` | {e.durability} | {_cell(e.summary)} |" for e in events]
    lines += ["", "| Command | What it does | Data |", "| --- | --- | --- |"]
    for command in commands:
        fields = ", ".join(
            f"`{name}`" + ("" if field.is_required() else " (optional)")
            for name, field in command.model_fields.items()
        )
        lines.append(f"| `{command.type}` | {_cell(command.summary)} | {fields or 'none'} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _collect(models: Sequence[type[BaseModel]], mode: Any) -> dict[str, Schema]:
    """Every model's schema and those it refers to, by name, the needed ones first."""
    found: dict[str, Schema] = {}
    for model in models:
        schema = dict(model.model_json_schema(mode=mode))
        local: dict[str, Schema] = {**schema.pop("$defs", {}), model.__name__: schema}
        for name in _in_order(local):
            if found.setdefault(name, local[name]) != local[name]:
                raise UnknownSchemaError(f"Two different shapes are called {name}: rename one of them.")
    return found


def _in_order(local: Mapping[str, Schema]) -> list[str]:
    ordered: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise UnknownSchemaError(
                f"{name} refers to itself ({' → '.join(path)}): send ids instead of nested shapes."
            )
        if name not in ordered:
            for needed in sorted(_references(local[name])):
                visit(needed, (*path, name))
            ordered.append(name)

    for name in sorted(local):
        visit(name, ())
    return ordered


def _references(schema: Any) -> set[str]:
    if isinstance(schema, Mapping):
        own = {str(schema["$ref"]).removeprefix(_REF)} if "$ref" in schema else set()
        return own.union(*(_references(value) for value in schema.values()))
    if isinstance(schema, list):
        return set().union(*(_references(value) for value in schema))
    return set()


def _valibot(schema: Schema, where: str, depth: int) -> str:
    """`schema` as a valibot expression; `depth` is the indentation of its first line."""
    rest = {key: value for key, value in schema.items() if key not in _IGNORED}
    if set(rest) == {"$ref"}:
        return str(rest["$ref"]).removeprefix(_REF)
    if "enum" in rest and set(rest) <= {"enum", "type"}:
        return f"v.picklist({_choices(rest['enum'])})"
    if "const" in rest and set(rest) <= {"const", "type"}:
        return f"v.literal({_literal(rest['const'])})"
    if set(rest) == {"anyOf"}:
        options = [option for option in rest["anyOf"] if option != {"type": "null"}]
        if len(options) == 1:
            return f"v.nullable({_valibot(options[0], where, depth)})"
        return f"v.union([{', '.join(_valibot(o, where, depth) for o in rest['anyOf'])}])"
    if set(rest) == {"type"} and rest["type"] in _SCALARS:
        return f"v.{_SCALARS[rest['type']]}()"
    if set(rest) == {"type", "items"} and rest["type"] == "array":
        return f"v.array({_valibot(rest['items'], where, depth)})"
    if _is_open_object(rest):
        return "v.record(v.string(), v.unknown())"
    if _is_object(rest):
        return f"v.object({_fields(rest, where, depth, _valibot, ',')})"
    raise _unknown(schema, where)


def _type(schema: Schema, where: str, depth: int) -> str:
    """`schema` as a TypeScript type."""
    rest = {key: value for key, value in schema.items() if key not in _IGNORED}
    if set(rest) == {"$ref"}:
        return str(rest["$ref"]).removeprefix(_REF)
    if "enum" in rest and set(rest) <= {"enum", "type"}:
        return " | ".join(_literal(value) for value in rest["enum"])
    if "const" in rest and set(rest) <= {"const", "type"}:
        return _literal(rest["const"])
    if set(rest) == {"anyOf"}:
        return " | ".join(_type(option, where, depth) for option in rest["anyOf"])
    if set(rest) == {"type"} and rest["type"] in _SCALARS:
        return _SCALARS[rest["type"]]
    if set(rest) == {"type", "items"} and rest["type"] == "array":
        return f"readonly ({_type(rest['items'], where, depth)})[]"
    if _is_open_object(rest):
        return "Record<string, unknown>"
    if _is_object(rest):
        return _fields(rest, where, depth, _type, ";")
    raise _unknown(schema, where)


def _fields(
    schema: Schema, where: str, depth: int, render: Callable[[Schema, str, int], str], end: str
) -> str:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    lines = []
    for name, field in properties.items():
        value = render(field, f"{where}.{name}", depth + 1)
        key = name if re.fullmatch(r"[A-Za-z_]\w*", name) else _literal(name)
        if name not in required:
            # What may be missing: optional in a type, and in a schema that is read.
            key, value = (f"{key}?", value) if end == ";" else (key, f"v.optional({value})")
        lines.append(f"{'  ' * (depth + 1)}{key}: {value}{end}")
    if not lines:
        return "Record<string, never>" if end == ";" else "{}"
    return "{\n" + "\n".join(lines) + f"\n{'  ' * depth}}}"


def _is_object(rest: Schema) -> bool:
    known = {"type", "properties", "required", "additionalProperties"}
    return (
        rest.get("type") == "object"
        and set(rest) <= known
        and rest.get("additionalProperties") in (None, False)
    )


def _is_open_object(rest: Schema) -> bool:
    return rest == {"type": "object", "additionalProperties": True}


def _choices(values: Sequence[Any]) -> str:
    return f"[{', '.join(_literal(value) for value in values)}]"


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + json.dumps(value)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
    return json.dumps(value)


def _unknown(schema: Schema, where: str) -> UnknownSchemaError:
    return UnknownSchemaError(
        f"{where}: no TypeScript is known for {json.dumps(schema, sort_keys=True)[:200]}."
        " Use a simpler type, or teach it to rooms/protocol/export.py."
    )
