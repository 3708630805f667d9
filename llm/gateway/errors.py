"""The gateway's error taxonomy: every failure of a provider becomes one of these codes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from llm.gateway.types import Usage

ErrorCode = Literal[
    "auth",
    "quota",
    "rate_limit",
    "context_window",
    "content_policy",
    "bad_request",
    "timeout",
    "unavailable",
    "truncated",
    "repetition",
    "model_unknown",
    "tools_unsupported",
    "internal",
]

SENTENCES: Mapping[ErrorCode, str] = MappingProxyType(
    {
        "auth": "The model's provider refused the key it was given.",
        "quota": "The account with the model's provider has run out of credit.",
        "rate_limit": "The model's provider is asking for fewer calls right now.",
        "context_window": "The conversation is too long for this model.",
        "content_policy": "The model's provider refused to answer this.",
        "bad_request": "The model's provider did not accept the request.",
        "timeout": "The model took too long to answer.",
        "unavailable": "The model's provider could not be reached.",
        "truncated": "The model's answer broke off before its end.",
        "repetition": "The model began to say the same again and again.",
        "model_unknown": "The model's provider does not know this model.",
        "tools_unsupported": "The model can't use tools.",
        "internal": "Something went wrong while the model was answering.",
    }
)

# What whoever runs the server can do about it: in the log, beside the provider's own words.
MENDS: Mapping[ErrorCode, str] = MappingProxyType(
    {
        "auth": "check the provider's key in the server's environment",
        "quota": "add credit with the provider, or choose another model",
        "rate_limit": "raise the limit with the provider, or give personas fallback models",
        "context_window": "choose a model with a larger window, or give one as a fallback",
        "content_policy": "nothing: the provider refuses what was asked",
        "bad_request": "report it: a request of ours was not understood",
        "timeout": "give personas fallback models; the deadlines are PARLEY_FIRST_TOKEN_SECONDS and the like",
        "unavailable": "check the provider's status and this server's way to it",
        "truncated": "check the provider's status, and proxies between it and this server",
        "repetition": "choose another model",
        "model_unknown": "choose a model that the provider has",
        "tools_unsupported": "nothing: the model is remembered as one without tools",
        "internal": "report it: this failure has no name yet",
    }
)

# Worth trying again unchanged, by machine and while nothing is visible yet. A person may
# press Retry after any error.
RETRYABLE: frozenset[ErrorCode] = frozenset({"rate_limit", "timeout", "unavailable", "truncated"})


class GatewayError(Exception):
    """A call to a model failed.

    `message` is one sentence for people and never holds the provider's words, which may
    echo keys. `usage` is what the provider had reported by then, None if nothing.
    `retry_after` is how many seconds it asked to be left alone, None where it did not say.
    """

    def __init__(
        self, code: ErrorCode, *, usage: Usage | None = None, retry_after: float | None = None
    ) -> None:
        self.code: ErrorCode = code
        self.message = SENTENCES[code]
        self.is_retryable = code in RETRYABLE
        self.usage = usage
        self.retry_after = retry_after
        super().__init__(f"{code}: {self.message}")
