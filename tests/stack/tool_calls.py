"""Answers of the scripted provider that use a tool."""

from __future__ import annotations

import json
from typing import Any

from tests.stack.scripted_steps import Step


def frame(delta: dict[str, Any], reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return json.dumps({"id": "1", "object": "chat.completion.chunk", "model": "owl", "choices": [choice]})


def frames_using(name: str, arguments: str) -> list[str]:
    """One call of a tool, its arguments in two pieces."""
    half = len(arguments) // 2
    call = {"index": 0, "id": "call-1", "type": "function", "function": {"name": name, "arguments": ""}}
    pieces = [
        {**call, "function": {"name": name, "arguments": arguments[:half]}},
        {"index": 0, "function": {"arguments": arguments[half:]}},
    ]
    return [frame({"role": "assistant", "tool_calls": [piece]}) for piece in pieces]


def using(name: str, arguments: str, **options: Any) -> Step:
    """An answer that is one call of a tool."""
    return Step(frames=frames_using(name, arguments), finish_reason="tool_calls", **options)
