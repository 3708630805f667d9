"""What went wrong, in our own words: exceptions and error frames to codes of the taxonomy."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx

from llm.gateway import _litellm
from llm.gateway._sse import ErrorFrame
from llm.gateway.errors import MENDS, ErrorCode, GatewayError
from llm.gateway.types import CompletionRequest

logger = logging.getLogger(__name__)

# Machine-readable codes and types that providers of the OpenAI dialect use.
PROVIDER_CODES: dict[str, ErrorCode] = {
    "insufficient_quota": "quota",
    "billing_hard_limit_reached": "quota",
    "billing_not_active": "quota",
    "insufficient_credits": "quota",
    "context_length_exceeded": "context_window",
    "string_above_max_length": "context_window",
    "content_policy_violation": "content_policy",
    "content_filter": "content_policy",
    "moderation_blocked": "content_policy",
    "invalid_api_key": "auth",
    "authentication_error": "auth",
    "permission_error": "auth",
    "model_not_found": "model_unknown",
    "not_found_error": "model_unknown",
    "rate_limit_exceeded": "rate_limit",
    "rate_limit_error": "rate_limit",
    "timeout": "timeout",
    "server_error": "unavailable",
    "api_error": "unavailable",
    "overloaded_error": "unavailable",
    "service_unavailable": "unavailable",
    "invalid_request_error": "bad_request",
}

STATUS_CODES: dict[int, ErrorCode] = {
    401: "auth",
    402: "quota",
    403: "auth",
    404: "model_unknown",
    408: "timeout",
    413: "context_window",
    429: "rate_limit",
    504: "timeout",
}

CONTEXT_PHRASES = ("context length", "context_length", "context window", "prompt is too long")
QUOTA_PHRASES = ("insufficient_quota", "exceeded your current quota", "credit balance is too low")

# LiteLLM's own guard, where its iterator reads the stream.
LOOP_PHRASE = "the model is repeating the same chunk"

# "does not support tools", "No endpoints found that support tool use", "auto" tool choice requires …
TOOL_REFUSALS: frozenset[ErrorCode] = frozenset({"bad_request", "model_unknown", "internal"})
TOOL_WORDS = re.compile(r"\btool|function.?call")

KEY_SHAPES = re.compile(
    r"(?i)\b(?:sk|pk|rk|key|gsk|xai|AIza)[-_][\w-]{6,}|AIza[\w-]{10,}|(?<=bearer )\S+|(?<=api_key[=:])\S+"
)
QUOTED_CODE = re.compile(r"\"(?:code|type)\":\s*\"(\w+)\"")
CHAIN_LINKS = 8
DETAIL_CHARACTERS = 500
# Shorter lines would hit words of the provider's own.
ECHO_CHARACTERS = 12


def classify(error: BaseException) -> ErrorCode:
    """The code for an exception of LiteLLM, of the OpenAI SDK or of the HTTP client.

    The order matters: `insufficient_quota` is also a RateLimitError, overflow, policy and
    payment errors are also BadRequestErrors, and mid-stream errors wrap their cause.
    """
    scripted = _scripted(error)
    if scripted is not None:
        return scripted.code
    if isinstance(error, ErrorFrame):
        return classify_frame(error.error)
    if isinstance(error, (asyncio.TimeoutError, httpx.TimeoutException)):
        return "timeout"
    if isinstance(error, httpx.HTTPError):
        return "unavailable"
    exceptions = _litellm.loaded().exceptions
    cause = getattr(error, "original_exception", None)
    if isinstance(error, exceptions.MidStreamFallbackError) and isinstance(cause, Exception):
        return classify(cause)
    text = str(error).lower()
    told = _told_codes(error)
    is_about_quota = "quota" in told or any(phrase in text for phrase in QUOTA_PHRASES)
    if isinstance(error, exceptions.PaymentRequiredError) or is_about_quota:
        return "quota"
    if isinstance(error, exceptions.ContextWindowExceededError):
        return "context_window"
    if isinstance(error, exceptions.ContentPolicyViolationError):
        return "content_policy"
    if LOOP_PHRASE in text:
        return "repetition"
    if isinstance(error, exceptions.LiteLLMUnknownProvider) or "llm provider not provided" in text:
        return "model_unknown"
    if isinstance(error, exceptions.Timeout):
        return "timeout"
    if isinstance(error, exceptions.APIConnectionError):
        return "unavailable"
    return _by_told_or_status(error, text, told)


def is_about_tools(code: ErrorCode, error: BaseException) -> bool:
    """Whether a call that offered tools may have been refused because of them.

    A guess: whoever relies on it calls again without them, and believes it where that goes well.
    """
    detail = str(_detail(error)).lower()
    if code in TOOL_REFUSALS:
        return TOOL_WORDS.search(detail) is not None
    # llama.cpp says it with a status of its own failures.
    return code == "unavailable" and "tools param" in detail


def retry_after(error: BaseException) -> float | None:
    """The seconds of a `Retry-After`, where the provider's answer has one (its other form, a
    date, is not used by providers of models)."""
    scripted = _scripted(error)
    if scripted is not None:
        return scripted.retry_after
    for link in _chain(error):
        headers = getattr(getattr(link, "response", None), "headers", None)
        told = headers.get("retry-after", "") if headers is not None else ""
        try:
            return max(0.0, float(told))
        except ValueError:
            continue
    return None


def classify_frame(error: Any) -> ErrorCode:
    """The code for the `error` value of an error frame; whatever says nothing is "unavailable"."""
    if isinstance(error, dict):
        for name in ("code", "type"):
            value = error.get(name)
            if isinstance(value, int):
                return _by_status(value)
            if isinstance(value, str):
                if value.isdecimal():
                    return _by_status(int(value))
                if value in PROVIDER_CODES:
                    return PROVIDER_CODES[value]
    return "unavailable"


def _scripted(error: BaseException) -> GatewayError | None:
    """Our own, which LiteLLM wraps where a demo model raised it."""
    links = (*_chain(error), *_chain(getattr(error, "original_exception", None)))
    return next((link for link in links if isinstance(link, GatewayError)), None)


def _told_codes(error: BaseException) -> list[ErrorCode]:
    """What the provider's error body says. LiteLLM drops it from some of its own exceptions,
    but those were raised while handling one that has it."""
    # For OpenRouter LiteLLM keeps the body only as text, in its message.
    told = [PROVIDER_CODES[name] for name in QUOTED_CODE.findall(str(error)) if name in PROVIDER_CODES]
    for link in _chain(error):
        body = getattr(link, "body", None)
        if isinstance(body, dict):
            names = (body.get("code"), body.get("type"))
            told += [
                PROVIDER_CODES[name] for name in names if isinstance(name, str) and name in PROVIDER_CODES
            ]
    return told


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    link = error
    for _ in range(CHAIN_LINKS):
        if link is None:
            return
        yield link
        link = link.__cause__ or link.__context__


def _by_told_or_status(error: BaseException, text: str, told: list[ErrorCode]) -> ErrorCode:
    # "invalid_request_error" is the type of nearly every 4xx: the status says more.
    telling = [code for code in told if code != "bad_request"]
    if telling:
        return telling[0]
    status = getattr(error, "status_code", None)
    if not isinstance(status, int):
        return "internal"
    if status == 400 and any(phrase in text for phrase in CONTEXT_PHRASES):
        return "context_window"
    return _by_status(status)


def _by_status(status: int) -> ErrorCode:
    if status in STATUS_CODES:
        return STATUS_CODES[status]
    return "bad_request" if 400 <= status < 500 else "unavailable"


def log_failure(request: CompletionRequest, code: ErrorCode, error: BaseException) -> None:
    """Write the provider's detail to the log: shortened, without keys, without what was said."""
    logger.warning(
        "call to %s failed: code=%s (%s) status=%s type=%s detail=%s",
        request.model,
        code,
        MENDS[code],
        getattr(error, "status_code", None),
        type(error).__name__,
        scrub(_detail(error), request),
    )


def scrub(text: str, request: CompletionRequest) -> str:
    """`text` without keys and without lines of the request's messages, which providers echo."""
    if request.api_key:
        text = text.replace(request.api_key, "[key]")
    for message in request.messages:
        for line in message.content.splitlines():
            if len(line) >= ECHO_CHARACTERS:
                text = text.replace(line, "[message]")
    return KEY_SHAPES.sub("[key]", text)[:DETAIL_CHARACTERS]


def _detail(error: BaseException) -> str:
    return str(error.error) if isinstance(error, ErrorFrame) else str(error)
