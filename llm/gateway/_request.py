"""Making the request through LiteLLM, with nothing left to its environment guesses."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import httpx

from llm.gateway import _litellm
from llm.gateway.caching import wants_marks
from llm.gateway.errors import GatewayError
from llm.gateway.types import ChatMessage, CompletionRequest, ToolDefinition

logger = logging.getLogger(__name__)

# Where the request's path ends like this, the response is OpenAI's own stream format. LiteLLM
# sends some OpenAI models elsewhere (/responses): those are left to its iterator.
CHAT_PATH = "/chat/completions"
RAW_PROVIDERS = frozenset({"openai", "openrouter"})


@dataclass(frozen=True, slots=True)
class OpenedStream:
    """LiteLLM's stream wrapper for a response whose body has not been read yet."""

    provider: str
    wrapper: Any

    def raw_response(self) -> httpx.Response | None:
        """The response to read raw, or None where LiteLLM's iterator has to translate.

        Leans on internals of the pinned version (the OpenAI SDK's `AsyncStream.response`
        and LiteLLM's `BaseModelResponseIterator.http_response`), which
        llm/tests/test_gateway_contract.py holds on to.
        """
        if self.provider not in RAW_PROVIDERS:
            return None
        stream = self.wrapper.completion_stream
        response = getattr(stream, "response", None) or getattr(stream, "http_response", None)
        if not isinstance(response, httpx.Response) or not response.url.path.endswith(CHAT_PATH):
            return None
        return None if response.is_stream_consumed else response


async def open_stream(request: CompletionRequest) -> OpenedStream:
    """Send the request once, without retries, and return when the response has begun."""
    if request.api_base and not request.api_key:
        # LiteLLM would send the server's own key to this address.
        logger.warning("call to %s refused: an address without a key", request.model)
        raise GatewayError("auth")
    litellm = _litellm.loaded()
    _litellm.use_shared_http_client()
    model = _model_for_litellm(litellm, request)
    arguments = _arguments(request, model)
    try:
        wrapper = await litellm.acompletion(**arguments)
    except litellm.UnsupportedParamsError:
        # Raised before anything is sent: some models take no temperature.
        if arguments.pop("temperature", None) is None:
            raise
        wrapper = await litellm.acompletion(**arguments)
    if wrapper is None:
        raise GatewayError("internal")
    return OpenedStream(provider=model.partition("/")[0], wrapper=wrapper)


def _model_for_litellm(litellm: Any, request: CompletionRequest) -> str:
    """A named endpoint's prefix is ours, not LiteLLM's: it speaks OpenAI's dialect."""
    if not request.api_base:
        return request.model
    prefix, slash, rest = request.model.partition("/")
    if slash and prefix in {str(getattr(name, "value", name)) for name in litellm.provider_list}:
        return request.model
    return f"openai/{rest if slash else request.model}"


def _arguments(request: CompletionRequest, model: str) -> dict[str, Any]:
    deadlines = request.deadlines
    arguments: dict[str, Any] = {
        "model": model,
        "messages": [_message(message, has_marks=wants_marks(model)) for message in request.messages],
        "tools": [_tool(tool) for tool in request.tools] or None,
        # Else a call with tools imports the `mcp` package, which is not installed.
        "_skip_mcp_handler": True if request.tools else None,
        "stream": True,
        "stream_options": {"include_usage": True},
        # Retrying is the caller's decision: only while nothing is visible yet.
        "max_retries": 0,
        "num_retries": 0,
        # Reads are bounded by our own clock; this only keeps LiteLLM's 6,000 s away.
        "timeout": httpx.Timeout(deadlines.whole, connect=deadlines.connect),
        # Named, because LiteLLM takes any other provider from the address if it knows it.
        "api_base": request.api_base,
        "api_key": request.api_key,
        "temperature": request.temperature,
        "max_tokens": request.max_output_tokens,
        "caching": False,
        "no-log": True,
    }
    return {name: value for name, value in arguments.items() if value is not None}


def _message(message: ChatMessage, *, has_marks: bool) -> dict[str, Any]:
    """As the OpenAI dialect has it. In pieces only for providers that are told what to keep:
    elsewhere a mark would be unknown, or mean something else."""
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": message.content}
    if message.tool_calls:
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
        # Some providers refuse an empty text.
        return {"role": message.role, "content": message.content or None, "tool_calls": calls}
    if not has_marks or not message.parts:
        return {"role": message.role, "content": message.content}
    kept = {"cache_control": {"type": "ephemeral"}}
    pieces = [
        {"type": "text", "text": part.text, **(kept if part.is_cached else {})} for part in message.parts
    ]
    return {"role": message.role, "content": pieces}


def _tool(tool: ToolDefinition) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}
