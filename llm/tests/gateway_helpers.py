"""What the gateway's tests share: a request to the scripted provider, and reading it to the end."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field

from llm.gateway.client import stream_completion
from llm.gateway.errors import GatewayError
from llm.gateway.types import (
    ChatMessage,
    CompletionRequest,
    Deadlines,
    Finished,
    TextChunk,
    ThinkingChunk,
)
from tests.stack.scripted_provider import ScriptedProvider

KEY = "sk-the-key-of-the-room-0123456789"
PROMPT = "What shall we plant in the small garden?"


@dataclass
class Outcome:
    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    finished: Finished | None = None
    error: GatewayError | None = None

    @property
    def text(self) -> str:
        return "".join(self.texts)


def request_to(
    provider: ScriptedProvider,
    *,
    model: str = "openai/gpt-4o-mini",
    deadlines: Deadlines | None = None,
    api_key: str | None = KEY,
) -> CompletionRequest:
    return CompletionRequest(
        model=model,
        messages=(ChatMessage("system", "Be brief."), ChatMessage("user", PROMPT)),
        api_base=provider.url,
        api_key=api_key,
        deadlines=deadlines or Deadlines(),
    )


async def read(request: CompletionRequest) -> Outcome:
    outcome = Outcome()
    try:
        async with aclosing(stream_completion(request)) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, TextChunk):
                    outcome.texts.append(chunk.text)
                elif isinstance(chunk, ThinkingChunk):
                    outcome.thoughts.append(chunk.text)
                elif isinstance(chunk, Finished):
                    outcome.finished = chunk
    except GatewayError as error:
        outcome.error = error
    return outcome
