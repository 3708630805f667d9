"""The demo as a LiteLLM provider. Imports LiteLLM: only `_litellm` imports this."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from litellm.llms.custom_llm import CustomLLM
from litellm.types.llms.openai import (
    ChatCompletionToolCallChunk,
    ChatCompletionToolCallFunctionChunk,
    ChatCompletionUsageBlock,
)
from litellm.types.utils import GenericStreamingChunk

from llm.gateway.demo import speak


class DemoProvider(CustomLLM):
    async def astreaming(  # type: ignore[override] # LiteLLM passes twenty arguments, all by name
        self, *, model: str, messages: list[dict[str, Any]], optional_params: dict[str, Any], **_: Any
    ) -> AsyncIterator[GenericStreamingChunk]:
        pairs = [(str(message["role"]), str(message["content"])) for message in messages]
        async for piece in speak(model, pairs, max_tokens=optional_params.get("max_tokens")):
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
                tool_use=_vote(piece.vote) if piece.vote else None,
            )


def _vote(arguments: str) -> ChatCompletionToolCallChunk:
    function = ChatCompletionToolCallFunctionChunk(name="cast_vote", arguments=arguments)
    return ChatCompletionToolCallChunk(id="vote", type="function", function=function, index=0)
