"""From a request to what its call may use."""

from __future__ import annotations

from dataclasses import replace

from llm import spending
from llm.budgets import TOKENS_A_MESSAGE, estimate_tokens
from llm.guard import Refusal
from llm.memory.windows import OUTPUT_TOKENS
from llm.models import Chain, Turn
from llm.requests import TurnRequest


def reserved(turn: Turn, request: TurnRequest, *, number: int = 1) -> TurnRequest | Refusal:
    """`request` as far as the budgets of `turn` go, with that reserved, or why it may not be made.

    It is the turn's `number`th call, and the usage of those before was recorded (`llm.further`).
    Raises Fenced.
    """
    granted = spending.reserve(
        turn,
        input_tokens=_read_by(request),
        # Not what an earlier call was cut down to: there may be more again.
        output_tokens=OUTPUT_TOKENS,
        model=request.model,
        number=number,
    )
    if isinstance(granted, Refusal):
        return granted
    return replace(request, max_output_tokens=granted.output_tokens)


def set_aside(turn: Turn, request: TurnRequest, chain: Chain) -> TurnRequest | None:
    """As `reserved`, for the first call of a turn that is about to be written; None where the call may not
    be made. See `spending.set_aside`."""
    granted = spending.set_aside(
        turn, chain, input_tokens=_read_by(request), output_tokens=OUTPUT_TOKENS, model=request.model
    )
    return None if granted is None else replace(request, max_output_tokens=granted.output_tokens)


def _read_by(request: TurnRequest) -> int:
    return sum(TOKENS_A_MESSAGE + estimate_tokens(message.content) for message in request.messages)
