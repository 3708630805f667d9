"""From a request to what its call may use."""

from __future__ import annotations

from dataclasses import replace

from llm import spending
from llm.budgets import TOKENS_A_MESSAGE, estimate_tokens
from llm.guard import Refusal
from llm.memory.windows import OUTPUT_TOKENS
from llm.models import Turn
from llm.requests import TurnRequest


def reserved(turn: Turn, request: TurnRequest, *, number: int = 1) -> TurnRequest | Refusal:
    """`request` as far as the budgets of `turn` go, with that reserved, or why it may not be made.

    It is the turn's `number`th call, and the usage of those before was recorded (`llm.further`).
    Raises Fenced.
    """
    granted = spending.reserve(
        turn,
        input_tokens=sum(TOKENS_A_MESSAGE + estimate_tokens(m.content) for m in request.messages),
        # Not what an earlier call was cut down to: there may be more again.
        output_tokens=OUTPUT_TOKENS,
        model=request.model,
        number=number,
    )
    if isinstance(granted, Refusal):
        return granted
    return replace(request, max_output_tokens=granted.output_tokens)
