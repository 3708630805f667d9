"""What we lean on in the pinned LiteLLM, and what must stay out of web processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.metadata import version

import httpx
import pytest

from llm.gateway import _litellm, client
from llm.gateway._request import open_stream
from llm.tests.gateway_helpers import read, request_to
from tests.stack.scripted_provider import ScriptedProvider
from tests.stack.scripted_steps import Step


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider() as provider:
        yield provider


def test_the_pinned_version() -> None:
    # Another version: read what is below again, then change this line.
    assert version("litellm") == "1.106.2"


@pytest.mark.parametrize("model", ["openai/gpt-4o-mini", "openrouter/vendor/model", "named/model"])
async def test_the_raw_response_is_there(provider: ScriptedProvider, model: str) -> None:
    provider.script(Step(text="One two"))
    opened = await open_stream(request_to(provider, model=model))
    response = opened.raw_response()
    assert isinstance(response, httpx.Response)
    assert b'"One "' in await response.aread()
    await opened.wrapper.aclose()


@pytest.mark.parametrize("model", ["openai/gpt-4o-mini", "openrouter/vendor/model", "named/model"])
async def test_the_raw_path_is_taken(
    provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    monkeypatch.setattr(client, "_read_wrapper", None)
    provider.script(Step(text="One two"))
    outcome = await read(request_to(provider, model=model))
    assert outcome.text == "One two"
    assert outcome.finished is not None


async def test_the_iterator_says_the_same(
    provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm.gateway._request.RAW_PROVIDERS", frozenset())
    provider.script(Step(thinking=["Hm"], text="One two"))
    outcome = await read(request_to(provider))
    assert (outcome.thoughts, outcome.text) == (["Hm"], "One two")
    assert outcome.finished is not None
    assert outcome.finished.usage.output_tokens == 7


async def test_one_http_client_a_loop(provider: ScriptedProvider) -> None:
    provider.script(Step(text="Yes.", times=2))
    await read(request_to(provider))
    first = _litellm.loaded().aclient_session
    await read(request_to(provider, api_key="sk-another-key"))
    assert _litellm.loaded().aclient_session is first


@pytest.mark.parametrize(
    "module", ["llm.gateway", "llm.gateway.types", "llm.gateway.errors", "llm.gateway.defaults"]
)
def test_the_web_side_does_not_import_litellm(module: str) -> None:
    names = "{name.split('.')[0] for name in sys.modules}"
    code = f"import sys, {module}; sys.exit(bool({names} & {{'litellm', 'openai'}}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
