"""A model in the test's own process that says what a script tells it, step by step.

A call without a step and a step without a call both fail the test.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from llm.gateway.types import Chunk, CompletionRequest, Finished, TextChunk, ToolCall, ToolCallChunk, Usage
from rooms.tests.people import Json

DONE = Finished("stop", Usage(11, 7, None, Decimal("0.25")))


@dataclass
class Step:
    """One call: what it yields, and how it ends.

    `chunks` are yielded in order; an `asyncio.Event` among them is waited for, an exception
    is raised. `was_closed` is set when the stream was let go, at its end or before.
    """

    chunks: Sequence[Chunk | asyncio.Event | Exception]
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    was_closed: asyncio.Event = field(default_factory=asyncio.Event)


class ScriptedModel:
    """Stands in for `stream_completion`: `monkeypatch.setattr(asking, "stream_completion", model.stream)`."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.requests: list[CompletionRequest] = []
        self.unexpected = 0

    def add(self, *chunks: Chunk | asyncio.Event | Exception) -> Step:
        step = Step(chunks)
        self._steps.append(step)
        return step

    async def stream(self, request: CompletionRequest) -> AsyncIterator[Chunk]:
        self.requests.append(request)
        if not self._steps:
            self.unexpected += 1
            raise AssertionError("The scripted model was called more often than its script says.")
        step = self._steps.pop(0)
        try:
            for chunk in step.chunks:
                if isinstance(chunk, asyncio.Event):
                    # Whoever waits for `reached` knows that all before it was taken.
                    step.reached.set()
                    await chunk.wait()
                elif isinstance(chunk, Exception):
                    raise chunk
                else:
                    yield chunk
        finally:
            step.was_closed.set()

    def verify(self) -> None:
        assert self.unexpected == 0, "the model was called more often than its script says"
        assert not self._steps, f"steps that nobody asked for: {self._steps}"


def calls(*uses: tuple[str, Json | str]) -> list[Chunk]:
    """The end of an answer that calls tools: (name, arguments) each, arguments whole or as broken text."""
    made = [
        ToolCall(f"call-{number}", name, arguments if isinstance(arguments, str) else json.dumps(arguments))
        for number, (name, arguments) in enumerate(uses)
    ]
    pieces = [ToolCallChunk(at, call.id, call.name, call.arguments) for at, call in enumerate(made)]
    return [*pieces, Finished("tool_calls", DONE.usage, tuple(made))]


def texts(*parts: str) -> list[Chunk]:
    return [TextChunk(part) for part in parts]


def deltas(broadcasts: list[Json]) -> list[Json]:
    return [d for e in broadcasts if e["type"] == "message.deltas" for d in e["data"]["deltas"]]


def seen_text(broadcasts: list[Json]) -> str:
    """What a client has on its screen from the events alone."""
    posted = [e for e in broadcasts if e["type"] == "message.posted"]
    return "".join(
        [e["data"]["message"]["text"] for e in posted] + [delta["text"] for delta in deltas(broadcasts)]
    )
