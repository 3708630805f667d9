"""What goes into the gateway and what comes out of it: frozen values, no LiteLLM, no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool that a model may call; `parameters` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's call of a tool, whole. `arguments` is JSON as the model wrote it, broken or not."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message's content. `is_cached`: the request until its end is worth keeping
    in the provider's prefix cache, for providers that have to be told so."""

    text: str
    is_cached: bool = False


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """`parts`, where there are any, are `content` cut into pieces. `tool_calls` are what an
    assistant's message asked for; a message of the role "tool" answers that of `tool_call_id`."""

    role: Role
    content: str
    parts: tuple[Part, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each part of a call may take, in seconds.

    `first_token` counts from the call to the first text or thinking, `between_chunks` from
    one text or thinking to the next, `whole` from the call, or from the last thinking, to
    the end: a model may think for as long as it shows that it does. Time that the reader of
    the stream spends on its own work is counted only in `whole`.
    """

    connect: float = 5.0
    first_token: float = 30.0
    between_chunks: float = 20.0
    whole: float = 300.0


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One call to a model.

    `model` is LiteLLM's name ("openai/…", "anthropic/…", "demo/…") or, with an `api_base`,
    "<any name>/<model>" for an OpenAI-compatible endpoint. An `api_base` needs an `api_key`
    with it: the server's own keys are never sent to an address that came from elsewhere.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    tools: tuple[ToolDefinition, ...] = ()
    max_output_tokens: int | None = None
    temperature: float | None = None
    api_base: str | None = None
    # Not in repr: requests get logged and shown in tracebacks.
    api_key: str | None = field(default=None, repr=False)
    deadlines: Deadlines = field(default_factory=Deadlines)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call used. None means unknown; a `cost_usd` of None means unpriced, which is not free."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that can be chosen. `name` is what a `CompletionRequest` takes.

    None is unknown; prices are US dollars per million tokens, and None is unpriced, which
    is not free. `context_tokens` is the window for what goes in. `cached_from` is how many
    tokens the beginning of a prompt has at the least where its provider keeps it, None where
    it keeps none as far as is known.
    """

    name: str
    label: str
    provider: str
    context_tokens: int | None = None
    output_tokens: int | None = None
    input_price: Decimal | None = None
    output_price: Decimal | None = None
    has_tools: bool | None = None
    has_vision: bool | None = None
    has_thinking: bool | None = None
    cached_from: int | None = None
    is_scripted: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is offered now. `unanswered` are the providers that could not be asked."""

    models: tuple[ModelInfo, ...]
    unanswered: frozenset[str]


@dataclass(frozen=True, slots=True)
class TextChunk:
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingChunk:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCallChunk:
    """A piece of a tool call: what provider and model sent of it. `index` tells calls of one
    answer apart, where it is told; `arguments` are to be joined."""

    index: int | None
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The last chunk of every stream that did not fail. "length": cut off by the token limit.

    `tool_calls` are those of the whole answer, in order; with any, the reason is "tool_calls",
    but for an answer that was cut off, whose last call may be half.
    """

    reason: FinishReason
    usage: Usage
    tool_calls: tuple[ToolCall, ...] = ()


Delta = TextChunk | ThinkingChunk | ToolCallChunk
Chunk = Delta | Finished
