"""What a call cost, by the provider's own report or LiteLLM's price list."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from llm.gateway import _litellm
from llm.gateway.defaults import is_scripted
from llm.gateway.types import Usage

FREE = Decimal(0)


def usage_from(model: str, reported: dict[str, Any] | None) -> Usage:
    """Usage from an OpenAI-dialect `usage` object; unknown numbers stay None."""
    if not reported:
        return Usage(cost_usd=FREE if is_scripted(model) else None)
    input_tokens = _count(reported.get("prompt_tokens"))
    output_tokens = _count(reported.get("completion_tokens"))
    details = reported.get("prompt_tokens_details")
    cached_tokens = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
    usage = Usage(input_tokens, output_tokens, cached_tokens)
    return replace(usage, cost_usd=_cost(model, usage, reported))


def _cost(model: str, usage: Usage, reported: dict[str, Any]) -> Decimal | None:
    if is_scripted(model):
        return FREE
    # OpenRouter reports what it charged.
    charged = reported.get("cost")
    if isinstance(charged, (int, float)) and not isinstance(charged, bool) and charged >= 0:
        return Decimal(str(charged))
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    try:
        cost_in, cost_out = _litellm.loaded().cost_per_token(
            model=model,
            prompt_tokens=usage.input_tokens,
            completion_tokens=usage.output_tokens,
            cache_read_input_tokens=usage.cached_tokens or 0,
        )
    except Exception:
        # LiteLLM raises bare Exceptions for models without a price.
        return None
    total = round(Decimal(cost_in) + Decimal(cost_out), 12)
    # LiteLLM counts a missing price as zero; a call that used tokens and cost nothing is unpriced.
    return total if total > 0 else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
