"""Tool calls out of the pieces that providers stream them in. Pure.

The OpenAI dialect numbers the calls of one answer (`index`) and names each in its first piece;
several may come interleaved. Its imitators leave the number out, give every call the number 0
and another id, repeat the name, send a call whole, or its arguments as an object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llm.gateway.types import ToolCall, ToolCallChunk


def tool_call_chunks(delta: Any) -> Iterator[ToolCallChunk]:
    """The pieces in a delta of the OpenAI dialect: a mapping, or an object of LiteLLM's."""
    calls = _get(delta, "tool_calls")
    if isinstance(calls, list):
        for call in calls:
            yield _chunk(_get(call, "index"), _get(call, "id"), _get(call, "function"))
    # As it was before several calls could be made at once.
    elif (function := _get(delta, "function_call")) is not None:
        yield _chunk(0, None, function)


@dataclass(slots=True)
class _Call:
    index: int | None
    id: str
    name: str
    arguments: str


class ToolCallAssembler:
    """The calls of one answer.

    A piece belongs to the newest call of its number (without a number: to the newest of all),
    unless it brings another id, or a name where that call has its arguments begun: then it
    begins a call.
    """

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def add(self, chunk: ToolCallChunk) -> None:
        call = self._belongs_to(chunk)
        if call is None:
            self._calls.append(_Call(chunk.index, chunk.id, chunk.name, chunk.arguments))
            return
        call.id = call.id or chunk.id
        call.name = call.name or chunk.name
        call.arguments += chunk.arguments

    def calls(self) -> tuple[ToolCall, ...]:
        """In the order in which they were begun; each has an id."""
        return tuple(
            ToolCall(call.id or f"call_{number}", call.name, call.arguments)
            for number, call in enumerate(self._calls)
        )

    def _belongs_to(self, chunk: ToolCallChunk) -> _Call | None:
        of_number = [call for call in self._calls if chunk.index is None or call.index == chunk.index]
        if chunk.id:
            for call in of_number:
                if call.id == chunk.id:
                    return call
        if not of_number:
            return None
        call = of_number[-1]
        if chunk.id and call.id:
            return None
        is_another = bool(chunk.name) and bool(call.arguments) and not (call.name == chunk.name and call.id)
        return None if is_another else call


def _chunk(index: Any, id_: Any, function: Any) -> ToolCallChunk:
    arguments = _get(function, "arguments")
    if isinstance(arguments, dict):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return ToolCallChunk(
        index if isinstance(index, int) else None,
        _text(id_),
        _text(_get(function, "name")),
        _text(arguments),
    )


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
