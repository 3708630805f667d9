"""Anthropic's and Gemini's stream formats, as far as a scripted answer needs them.

The scripted provider speaks OpenAI's dialect. Requests in these two come to other paths; it
remembers them like the others, and answers with the step's text as these providers would.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

Dialect = Literal["openai", "anthropic", "gemini"]

_GEMINI = re.compile(r"/models/([^/:]+):(?:streamG|g)enerateContent(?:\?.*)?$")


def dialect_of(path: str) -> Dialect | None:
    """The dialect of a request for a completion, by its path; None for any other request."""
    if path == "/v1/chat/completions":
        return "openai"
    if path.endswith("/v1/messages"):
        return "anthropic"
    return "gemini" if _GEMINI.search(path) else None


def model_of(dialect: Dialect, path: str, body: dict[str, Any]) -> str:
    found = _GEMINI.search(path)
    return found[1] if dialect == "gemini" and found else str(body["model"])


def user_of(dialect: Dialect, body: dict[str, Any]) -> str:
    """The text of the last user message."""
    turns = body["contents"] if dialect == "gemini" else body["messages"]
    users = [turn for turn in turns if turn["role"] == "user"]
    if not users:
        return ""
    content = users[-1]["parts"] if dialect == "gemini" else users[-1]["content"]
    return content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in content)


def frames(dialect: Dialect, pieces: Sequence[str]) -> Iterator[str]:
    """The server-sent events of an answer with these pieces, without the blank lines between."""
    if dialect == "gemini":
        for piece in pieces:
            yield f"data: {json.dumps(_gemini(piece))}"
        yield f"data: {json.dumps(_gemini('', finish='STOP'))}"
        return
    usage = {"input_tokens": 11, "output_tokens": 7}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "scripted", "content": []}
    yield _event("message_start", message={**message, "stop_reason": None, "usage": usage})
    yield _event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for piece in pieces:
        yield _event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    yield _event("content_block_stop", index=0)
    yield _event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage=usage)
    yield _event("message_stop")


def _event(type_: str, **data: Any) -> str:
    return f"event: {type_}\ndata: {json.dumps({'type': type_, **data})}"


def _gemini(text: str, finish: str | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    counts = {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18}
    return {"candidates": [candidate], "usageMetadata": counts}
