"""One streamed call to a model: LiteLLM makes the request, we read the stream.

LiteLLM maps the provider, the key and the request's shape. Where the provider speaks the
OpenAI dialect, its response is then read raw (see `_sse`): many times cheaper than
LiteLLM's chunk objects, and a stream that merely stops is told from one that was finished.
Every other dialect goes through LiteLLM's own iterator.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import httpx

from llm.gateway import _litellm
from llm.gateway._clock import Clock
from llm.gateway._cost import usage_from
from llm.gateway._failures import classify, is_about_tools, log_failure, retry_after
from llm.gateway._request import open_stream
from llm.gateway._sse import StreamReader, delta_chunks
from llm.gateway.errors import GatewayError
from llm.gateway.tool_calls import ToolCallAssembler
from llm.gateway.types import Chunk, CompletionRequest, Delta, Finished, ThinkingChunk, ToolCallChunk

logger = logging.getLogger(__name__)

# After [DONE] only the end of the HTTP body is still to come; having read it, the
# connection can be used again.
DRAIN_SECONDS = 0.2
CLOSE_SECONDS = 1.0


@dataclass(slots=True)
class _Progress:
    """How far a call has come, for when it fails."""

    has_begun: bool = False
    reported: dict[str, Any] | None = None
    calls: ToolCallAssembler = field(default_factory=ToolCallAssembler)


def warm_up() -> None:
    """Import LiteLLM, register the demo provider and load what the first call would wait for.

    Blocks for 3 to 6 s: call it when a worker starts, never in a web process.
    """
    _litellm.warm_up()


async def stream_completion(request: CompletionRequest) -> AsyncGenerator[Chunk, None]:
    """Ask a model and yield its answer: text, thinking and pieces of tool calls as they come,
    `Finished` with the whole calls last.

    Raises GatewayError for every failure. Cancelling the reading task, or closing the
    generator (use `contextlib.aclosing`: after a bare `break` it is closed only when it is
    collected), closes the provider's connection.
    """
    if not _litellm.is_loaded():
        await asyncio.to_thread(warm_up)
    progress = _Progress()
    try:
        async with contextlib.aclosing(_stream(request, progress)) as chunks:
            async for chunk in chunks:
                yield chunk
    except Exception as error:
        code = classify(error)
        if code == "unavailable" and progress.has_begun and isinstance(error, httpx.TransportError):
            # The connection broke in the middle: the provider had been reached well enough.
            code = "truncated"
        if request.tools and not progress.has_begun and is_about_tools(code, error):
            code = "tools_unsupported"
        log_failure(request, code, error)
        usage = usage_from(request.model, progress.reported) if progress.reported else None
        # The cause would carry the provider's words, and perhaps keys, into tracebacks.
        raise GatewayError(code, usage=usage, retry_after=retry_after(error)) from None


async def _stream(request: CompletionRequest, progress: _Progress) -> AsyncGenerator[Chunk, None]:
    clock = Clock(request.deadlines)
    opened = await clock.wait(open_stream(request))
    try:
        response = opened.raw_response()
        if response is not None:
            read = _read_raw(response, clock, progress)
        else:
            read = _read_wrapper(opened.wrapper, clock, progress)
        reason = ""
        async with contextlib.aclosing(read) as parts:
            async for part in parts:
                if isinstance(part, str):
                    reason = part
                else:
                    progress.has_begun = True
                    if isinstance(part, ToolCallChunk):
                        progress.calls.add(part)
                    yield part
                    clock.restart(is_thinking=isinstance(part, ThinkingChunk))
        yield _finished(request, reason, progress)
    finally:
        await _close(opened.wrapper)


async def _read_raw(
    response: httpx.Response, clock: Clock, progress: _Progress
) -> AsyncGenerator[Delta | str, None]:
    """Chunks of an OpenAI-dialect response, then its finish reason."""
    reader = StreamReader()
    pieces = response.aiter_bytes()
    try:
        while not reader.is_done:
            try:
                piece = await clock.wait(anext(pieces))
            except StopAsyncIteration:
                for chunk in reader.end():
                    yield chunk
                break
            for chunk in reader.feed(piece):
                yield chunk
            progress.reported = reader.usage
    except (httpx.HTTPError, TimeoutError):
        # Only the usage was still to come: the answer itself is whole.
        if not reader.is_complete:
            raise
    progress.reported = reader.usage
    if not reader.is_complete:
        raise GatewayError("truncated")
    await _drain(pieces)
    yield reader.finish_reason or "stop"


async def _read_wrapper(wrapper: Any, clock: Clock, progress: _Progress) -> AsyncGenerator[Delta | str, None]:
    """Chunks of any other dialect through LiteLLM's iterator, then the finish reason."""
    chunks = aiter(wrapper)
    reason = ""
    while True:
        try:
            chunk = await clock.wait(anext(chunks))
        except StopAsyncIteration:
            break
        usage = getattr(chunk, "usage", None)
        if usage is not None:
            progress.reported = usage.model_dump()
        if chunk.choices:
            reason = chunk.choices[0].finish_reason or reason
            for part in delta_chunks(chunk.choices[0].delta):
                yield part
    yield reason or "stop"


def _finished(request: CompletionRequest, reason: str, progress: _Progress) -> Finished:
    if reason == "content_filter":
        raise GatewayError("content_policy")
    if reason == "error":
        raise GatewayError("unavailable")
    calls = progress.calls.calls()
    usage = usage_from(request.model, progress.reported)
    if reason == "length":
        return Finished("length", usage, calls)
    return Finished("tool_calls" if calls else "stop", usage, calls)


async def _drain(pieces: Any) -> None:
    with contextlib.suppress(Exception):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in pieces:
                pass


async def _close(wrapper: Any) -> None:
    # A close that hangs must not hold up a stop.
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await wrapper.aclose()
    except Exception as error:
        logger.debug("closing a provider's stream failed: %s", type(error).__name__)
