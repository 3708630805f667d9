"""Every failure of a provider that FAULTS.md names becomes one typed error, after one call."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from llm.gateway.errors import SENTENCES, ErrorCode
from llm.gateway.types import ChatMessage, CompletionRequest, Deadlines
from llm.tests.gateway_helpers import KEY, PROMPT, read, request_to
from tests.stack.scripted_provider import ScriptedProvider
from tests.stack.scripted_steps import Ending, Step

# What a provider might say, with the key and the prompt in it.
REVEALING = f"Incorrect API key provided: {KEY}. You asked: {PROMPT}"

# Seconds of a deadline that is to pass: enough for a busy machine to send the call before it.
TIGHT = 1.5


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider() as provider:
        yield provider
        assert provider.verdict() == {"unexpected": 0, "unused": 0}


def error_body(code: str | None = None, kind: str | None = None, message: str = REVEALING) -> dict[str, Any]:
    return {"message": message, "type": kind, "code": code}


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, error_body(), "bad_request"),
        (400, error_body("context_length_exceeded", "invalid_request_error"), "context_window"),
        (400, error_body(message="This model's maximum context length is 8192 tokens."), "context_window"),
        (400, error_body("content_policy_violation", "invalid_request_error"), "content_policy"),
        (401, error_body("invalid_api_key", "invalid_request_error"), "auth"),
        (402, error_body(), "quota"),
        (403, error_body(), "auth"),
        (404, error_body("model_not_found", "invalid_request_error"), "model_unknown"),
        (404, error_body(), "model_unknown"),
        (422, error_body(), "bad_request"),
        (429, error_body("rate_limit_exceeded", "requests"), "rate_limit"),
        (429, error_body("insufficient_quota", "insufficient_quota"), "quota"),
        (500, error_body(None, "server_error"), "unavailable"),
        (502, error_body(), "unavailable"),
        (503, error_body(), "unavailable"),
        (302, error_body(), "unavailable"),
    ],
)
@pytest.mark.parametrize("model", ["openai/gpt-4o-mini", "openrouter/vendor/model", "named/model"])
async def test_status(
    provider: ScriptedProvider,
    caplog: pytest.LogCaptureFixture,
    model: str,
    status: int,
    body: dict[str, Any],
    code: ErrorCode,
) -> None:
    provider.script(Step(status=status, error=body))
    with caplog.at_level(logging.DEBUG):
        outcome = await read(request_to(provider, model=model))
    assert outcome.error is not None
    assert outcome.error.code == code
    assert outcome.error.message == SENTENCES[code]
    assert outcome.text == ""
    assert len(provider.calls) == 1, "the gateway never retries by itself"
    for secret in (KEY, PROMPT):
        assert secret not in caplog.text
        assert secret not in repr(outcome.error)
    assert outcome.error.__suppress_context__, "a traceback would print the provider's words"


@pytest.mark.parametrize(
    ("ending", "code"),
    [("end", "truncated"), ("cut", "truncated"), ("error_frame", "unavailable"), ("garbage", "truncated")],
)
@pytest.mark.parametrize("model", ["openai/gpt-4o-mini", "openrouter/vendor/model"])
async def test_broken_in_mid_stream_keeps_the_text(
    provider: ScriptedProvider, model: str, ending: Ending, code: ErrorCode
) -> None:
    provider.script(
        Step(text="One two three four", after=2, ending=ending, error=error_body(None, "server_error"))
    )
    outcome = await read(request_to(provider, model=model))
    assert outcome.text == "One two "
    assert outcome.error is not None
    assert outcome.error.code == code
    assert outcome.finished is None
    assert len(provider.calls) == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"message": "x", "code": 429}, "rate_limit"),
        ({"message": "x", "code": "502"}, "unavailable"),
        ({"message": "x", "type": "insufficient_quota"}, "quota"),
        ({"message": "x", "code": "context_length_exceeded"}, "context_window"),
        ("overloaded", "unavailable"),
    ],
)
async def test_error_frame_says_what_it_is(provider: ScriptedProvider, error: Any, code: ErrorCode) -> None:
    provider.script(Step(ending="error_frame", error=error))
    outcome = await read(request_to(provider))
    assert outcome.error is not None
    assert outcome.error.code == code


async def test_stall_before_the_first_token(provider: ScriptedProvider) -> None:
    provider.script(Step(ending="stall"))
    outcome = await read(request_to(provider, deadlines=Deadlines(first_token=TIGHT)))
    assert outcome.error is not None
    assert (outcome.error.code, outcome.text) == ("timeout", "")
    assert outcome.error.is_retryable


async def test_stall_before_the_response(provider: ScriptedProvider) -> None:
    provider.script(Step(first_delay=30))
    outcome = await read(request_to(provider, deadlines=Deadlines(first_token=TIGHT)))
    assert outcome.error is not None
    assert outcome.error.code == "timeout"


async def test_stall_between_chunks(provider: ScriptedProvider) -> None:
    provider.script(Step(text="One two three", after=2, ending="stall"))
    outcome = await read(request_to(provider, deadlines=Deadlines(between_chunks=TIGHT)))
    assert outcome.error is not None
    assert (outcome.error.code, outcome.text) == ("timeout", "One two ")


async def test_whole_deadline_ends_an_endless_answer(provider: ScriptedProvider) -> None:
    provider.script(Step(text="word " * 1000, tokens_per_second=50))
    # Some of the answer is to come before it.
    outcome = await read(request_to(provider, deadlines=Deadlines(whole=3 * TIGHT)))
    assert outcome.error is not None
    assert outcome.error.code == "timeout"
    assert outcome.text.startswith("word word ")


async def test_thinking_that_goes_on_is_no_silence(provider: ScriptedProvider) -> None:
    provider.script(
        Step(thinking=["Hm "] * 120, text="Plant some.", tokens_per_second=50),
        Step(thinking=["Hm "], text="word " * 1000, tokens_per_second=50),
    )
    # It thinks for longer than each of them.
    tight = Deadlines(first_token=TIGHT, whole=TIGHT)
    outcome = await read(request_to(provider, deadlines=tight))
    assert (outcome.text, outcome.error) == ("Plant some.", None)
    outcome = await read(request_to(provider, deadlines=tight))
    assert outcome.error is not None
    assert outcome.error.code == "timeout"


async def test_policy_stop_in_mid_stream(provider: ScriptedProvider) -> None:
    provider.script(Step(text="One two", finish_reason="content_filter"))
    outcome = await read(request_to(provider))
    assert outcome.error is not None
    assert (outcome.error.code, outcome.text) == ("content_policy", "One two")
    assert outcome.error.usage is not None
    assert outcome.error.usage.output_tokens == 7


async def test_refused_connection() -> None:
    # Bound and not listening, so that nobody else takes the port meanwhile.
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        request = CompletionRequest(
            "openai/gpt-4o-mini",
            (ChatMessage("user", "hello"),),
            api_base=f"http://127.0.0.1:{deaf.getsockname()[1]}/v1",
            api_key=KEY,
        )
        outcome = await read(request)
    assert outcome.error is not None
    assert outcome.error.code == "unavailable"


@pytest.mark.parametrize("model", ["nowhere/model", "model-that-nobody-has"])
async def test_unknown_provider(model: str) -> None:
    outcome = await read(CompletionRequest(model, (ChatMessage("user", "hello"),)))
    assert outcome.error is not None
    assert outcome.error.code == "model_unknown"
