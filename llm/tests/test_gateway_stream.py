"""A stream that goes well: text, thinking, usage, cost, keys, and how it is let go."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from decimal import Decimal

import pytest

from llm.gateway.client import stream_completion
from llm.gateway.types import CompletionRequest, Deadlines, TextChunk, Usage
from llm.tests.gateway_helpers import KEY, PROMPT, read, request_to
from tests.stack.scripted_provider import ScriptedProvider
from tests.stack.scripted_steps import Step

# Seconds within which a call that is let go ends, however busy the machine; the answers and the
# pauses that are let go would take minutes.
SOON = 10


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider() as provider:
        yield provider
        assert provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_text_thinking_and_usage(provider: ScriptedProvider) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "prompt_tokens_details": {"cached_tokens": 400}}
    provider.script(Step(thinking=["Hm, ", "tulips"], text="Plant some tulips.", usage=usage))
    outcome = await read(request_to(provider))
    assert "".join(outcome.thoughts) == "Hm, tulips"
    assert outcome.text == "Plant some tulips."
    assert outcome.finished is not None
    assert outcome.finished.reason == "stop"
    # 600 fresh at 0.15, 400 cached at 0.075 and 500 out at 0.60 dollars a million.
    assert outcome.finished.usage == Usage(1000, 500, 400, Decimal("0.00042"))


async def test_what_is_sent(provider: ScriptedProvider) -> None:
    provider.script(Step(text="Yes."))
    await read(request_to(provider))
    body = provider.calls[0].body
    assert body["stream_options"] == {"include_usage": True}
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": PROMPT},
    ]
    assert provider.calls[0].authorization_sha256 == hashlib.sha256(f"Bearer {KEY}".encode()).hexdigest()


async def test_a_model_without_a_price_is_unpriced(provider: ScriptedProvider) -> None:
    provider.script(Step(text="Yes."))
    outcome = await read(request_to(provider, model="named/some-local-model"))
    assert provider.calls[0].model == "some-local-model"
    assert outcome.finished is not None
    assert outcome.finished.usage == Usage(11, 7, None, None)


async def test_what_openrouter_charged_is_the_cost(provider: ScriptedProvider) -> None:
    provider.script(Step(text="Yes.", usage={"prompt_tokens": 3, "completion_tokens": 2, "cost": 0.00012}))
    outcome = await read(request_to(provider, model="openrouter/vendor/model"))
    assert outcome.finished is not None
    assert outcome.finished.usage.cost_usd == Decimal("0.00012")


@pytest.mark.parametrize(
    "step",
    [
        Step(text="Yes.", sends_done=False, usage=None),
        Step(text="Yes.", finish_reason=None, usage=None),
        Step(text="Yes.", usage=None),
    ],
    ids=["finish reason only", "[DONE] only", "no usage"],
)
async def test_endings_that_are_complete(provider: ScriptedProvider, step: Step) -> None:
    provider.script(step)
    outcome = await read(request_to(provider))
    assert outcome.text == "Yes."
    assert outcome.finished is not None
    assert outcome.finished.usage == Usage()


async def test_length(provider: ScriptedProvider) -> None:
    provider.script(Step(text="Yes and", finish_reason="length"))
    outcome = await read(request_to(provider))
    assert outcome.finished is not None
    assert outcome.finished.reason == "length"


async def test_characters_that_break_lines_in_unicode(provider: ScriptedProvider) -> None:
    odd = "a\u2028b\u0085c\x1cd 👩‍👩‍👧 é"
    provider.script(Step(chunks=[odd[:3], odd[3:]]))
    outcome = await read(request_to(provider))
    assert outcome.text == odd


async def test_many_identical_chunks(provider: ScriptedProvider) -> None:
    # LiteLLM's own iterator takes 100 identical chunks for a loop and raises.
    provider.script(Step(chunks=["ha "] * 300))
    outcome = await read(request_to(provider))
    assert outcome.text == "ha " * 300


async def test_temperature_is_left_out_where_a_model_takes_none(provider: ScriptedProvider) -> None:
    provider.script(Step(text="Yes."))
    request = request_to(provider, model="openai/o3")
    outcome = await read(
        CompletionRequest(
            request.model,
            request.messages,
            temperature=0.3,
            api_base=request.api_base,
            api_key=request.api_key,
        )
    )
    assert outcome.text == "Yes."
    assert "temperature" not in provider.calls[0].body


@pytest.mark.parametrize("key", [None, ""])
@pytest.mark.parametrize(
    "model", ["openai/gpt-4o-mini", "openrouter/vendor/model", "anthropic/claude-sonnet-5", "x/y"]
)
async def test_no_key_of_the_server_reaches_another_address(
    provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, key: str | None, model: str
) -> None:
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "sk-the-servers-own")
    outcome = await read(request_to(provider, model=model, api_key=key))
    assert outcome.error is not None
    assert outcome.error.code == "auth"
    assert provider.calls == []


async def test_a_key_does_not_show_in_the_request() -> None:
    async with ScriptedProvider() as provider:
        assert KEY not in repr(request_to(provider))


@pytest.mark.parametrize("model", ["openai/gpt-4o-mini", "openrouter/vendor/model"])
@pytest.mark.parametrize("way", ["cancel", "aclose", "cancel while stalled"])
async def test_letting_go_closes_the_providers_connection(
    provider: ScriptedProvider, model: str, way: str
) -> None:
    if way == "cancel while stalled":
        provider.script(Step(text="One two", after=1, ending="stall"))
    else:
        provider.script(Step(text="word " * 5_000, tokens_per_second=50))
    has_begun = asyncio.Event()

    async def consume() -> None:
        async with aclosing(stream_completion(request_to(provider, model=model))) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, TextChunk):
                    has_begun.set()
                    if way == "aclose":
                        return

    task = asyncio.create_task(consume())
    await has_begun.wait()
    let_go_at = time.monotonic()
    if way != "aclose":
        task.cancel()
    await asyncio.wait([task])
    assert time.monotonic() - let_go_at < SOON
    while provider.calls[0].closed_at is None:
        assert time.monotonic() - let_go_at < 2 * SOON, "the provider goes on generating"
        await asyncio.sleep(0.01)


async def test_cancelled_before_the_response(provider: ScriptedProvider) -> None:
    provider.script(Step(first_delay=120))
    task = asyncio.create_task(read(request_to(provider)))
    while not provider.calls:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    task.cancel()
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    while provider.calls[0].closed_at is None:
        assert time.monotonic() - began < SOON
        await asyncio.sleep(0.01)


async def test_a_slow_reader_is_not_a_slow_provider(provider: ScriptedProvider) -> None:
    provider.script(Step(text="One two three"))
    texts = []
    request = request_to(provider, deadlines=Deadlines(first_token=5, between_chunks=0.5))
    async with aclosing(stream_completion(request)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, TextChunk):
                texts.append(chunk.text)
                await asyncio.sleep(0.8)
    assert texts == ["One ", "two ", "three"]


async def test_connections_are_used_again(provider: ScriptedProvider) -> None:
    provider.script(Step(text="Yes.", times=3))
    for _ in range(3):
        await read(request_to(provider))
    assert provider.connections_made == 1
