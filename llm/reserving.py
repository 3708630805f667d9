"""From a request to what its call may use."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from llm import spending
from llm.budgets import TOKENS_A_MESSAGE, estimate_tokens
from llm.gateway.types import CompletionRequest
from llm.guard import Refusal
from llm.models import Turn

Request = TypeVar("Request", bound=CompletionRequest)

# What a model may write that is given no limit.
DEFAULT_OUTPUT = 4_096


def reserved(turn: Turn, request: Request) -> Request | Refusal:
    """`request` as far as the budgets of `turn` go, with that reserved, or why it may not be made.

    Also for a further call of the same turn, once the usage of the one before was recorded
    (`turns.record_usage`).
    """
    granted = spending.reserve(
        turn,
        input_tokens=sum(TOKENS_A_MESSAGE + estimate_tokens(m.content) for m in request.messages),
        output_tokens=request.max_output_tokens or DEFAULT_OUTPUT,
        model=request.model,
    )
    if isinstance(granted, Refusal):
        return granted
    return replace(request, max_output_tokens=granted.output_tokens)
