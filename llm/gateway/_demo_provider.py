"""The demo as a LiteLLM provider. Imports LiteLLM: only `_litellm` imports this."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from litellm.llms.custom_llm import CustomLLM
from litellm.types.llms.openai import (
    ChatCompletionToolCallChunk,
    ChatCompletionToolCallFunctionChunk,
    ChatCompletionUsageBlock,
)
from litellm.types.utils import GenericStreamingChunk

from llm.gateway.demo import Piece, speak


class DemoProvider(CustomLLM):
    async def astreaming(  # type: ignore[override] # LiteLLM passes twenty arguments, all by name
        self, *, model: str, messages: list[dict[str, Any]], optional_params: dict[str, Any], **_: Any
    ) -> AsyncIterator[GenericStreamingChunk]:
        pairs = [(str(message["role"]), str(message["content"])) for message in messages]
        # What came of a tool is answered in words.
        has_tools = bool(optional_params.get("tools")) and pairs[-1][0] == "user"
        limit = optional_params.get("max_tokens")
        async for piece in speak(model, pairs, max_tokens=limit, has_tools=has_tools):
            usage = None
            if piece.finish_reason:
                usage = ChatCompletionUsageBlock(
                    prompt_tokens=piece.input_tokens,
                    completion_tokens=piece.output_tokens,
                    total_tokens=piece.input_tokens + piece.output_tokens,
                )
            yield GenericStreamingChunk(
                text=piece.text,
                is_finished=bool(piece.finish_reason),
                finish_reason=piece.finish_reason,
                usage=usage,
                index=0,
                tool_use=_vote(piece.vote) if piece.vote else _tool_use(piece),
            )


def _vote(arguments: str) -> ChatCompletionToolCallChunk:
    function = ChatCompletionToolCallFunctionChunk(name="cast_vote", arguments=arguments)
    return ChatCompletionToolCallChunk(id="vote", type="function", function=function, index=0)


def _tool_use(piece: Piece) -> ChatCompletionToolCallChunk | None:
    if piece.use is None:
        return None
    return ChatCompletionToolCallChunk(
        id="call_demo",
        type="function",
        index=0,
        function=ChatCompletionToolCallFunctionChunk(
            name=piece.use.name, arguments=json.dumps(piece.use.arguments)
        ),
    )
