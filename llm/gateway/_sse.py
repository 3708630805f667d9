"""Reading an OpenAI-dialect stream from its raw bytes, without LiteLLM's chunk objects.

Measured per 1,000 tokens: bench/gateway_cpu.py. Follows the server-sent events format of
the HTML standard as far as providers use it, and OpenAI's chat completion chunks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from llm.gateway.errors import GatewayError
from llm.gateway.tool_calls import tool_call_chunks
from llm.gateway.types import Delta, TextChunk, ThinkingChunk

MAX_LINE_BYTES = 4 * 1024 * 1024


class ErrorFrame(Exception):
    """The provider reported an error inside a stream that began with status 200."""

    def __init__(self, error: Any) -> None:
        self.error = error
        super().__init__("error frame")


@dataclass(slots=True)
class StreamReader:
    """Turns bytes into chunks and remembers how the stream stands.

    Lines are split on LF and CRLF only: text decoders that split on every Unicode line
    break would cut JSON in two at a U+2028 or U+0085 inside a string.
    """

    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    is_done: bool = False
    _rest: bytearray = field(default_factory=bytearray)

    @property
    def is_complete(self) -> bool:
        """Whether the provider said that it had finished; a mere end of the stream does not say it."""
        return self.is_done or self.finish_reason is not None

    def feed(self, data: bytes) -> Iterator[Delta]:
        """The chunks of the lines that `data` completes.

        Raises ErrorFrame for an error frame, GatewayError("truncated") for a frame that
        cannot be read: text would be missing without anybody noticing.
        """
        self._rest += data
        end = self._rest.rfind(b"\n")
        if end < 0:
            if len(self._rest) > MAX_LINE_BYTES:
                raise GatewayError("truncated")
            return
        lines = bytes(self._rest[:end]).split(b"\n")
        del self._rest[: end + 1]
        for line in lines:
            yield from self._line(line)

    def end(self) -> Iterator[Delta]:
        """What was left without a newline when the connection ended."""
        line, self._rest = bytes(self._rest), bytearray()
        yield from self._line(line)

    def _line(self, line: bytes) -> Iterator[Delta]:
        line = line.strip()
        if not line or self.is_done:
            return
        if line.startswith(b"data:"):
            payload = line[5:].strip()
        elif line.startswith(b"{"):
            # Some servers answer 200 with a bare JSON error.
            payload = line
        else:
            return
        if payload == b"[DONE]":
            self.is_done = True
        elif payload:
            yield from self._frame(payload)

    def _frame(self, payload: bytes) -> Iterator[Delta]:
        try:
            frame = json.loads(payload.decode())
        except ValueError:
            raise GatewayError("truncated") from None
        if not isinstance(frame, dict):
            raise GatewayError("truncated")
        if frame.get("error"):
            raise ErrorFrame(frame["error"])
        usage = frame.get("usage")
        if isinstance(usage, dict):
            self.usage = usage
        choices = frame.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            return
        choice = choices[0]
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self.finish_reason = reason
        delta = choice.get("delta")
        if isinstance(delta, dict):
            yield from delta_chunks(delta)


def delta_chunks(delta: Any) -> Iterator[Delta]:
    """Thinking, then text, then tool calls. DeepSeek and LiteLLM say `reasoning_content`,
    OpenRouter `reasoning`."""
    thinking = delta.get("reasoning_content") or delta.get("reasoning")
    if isinstance(thinking, str) and thinking:
        yield ThinkingChunk(thinking)
    text = delta.get("content") or delta.get("refusal")
    if isinstance(text, list):
        parts = [part.get("text") for part in text if isinstance(part, dict)]
        text = "".join(part for part in parts if isinstance(part, str))
    if isinstance(text, str) and text:
        yield TextChunk(text)
    if delta.get("tool_calls") or delta.get("function_call"):
        yield from tool_call_chunks(delta)
