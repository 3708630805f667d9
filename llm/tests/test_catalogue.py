"""Which models are found: the demo's, those of configured keys, those that providers list."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import httpx
import pytest

from llm.gateway import catalogue
from llm.gateway.catalogue import read_catalogue
from llm.gateway.client import warm_up
from llm.gateway.defaults import KEYED_DEFAULTS
from llm.gateway.types import Catalogue, ModelInfo
from tests.stack.scripted_provider import ScriptedProvider

Transport = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
async def provider() -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider() as provider:
        yield provider


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Transport], None]:
    """`answer(handler)`: what providers answer instead of being asked over the network."""
    warm_up()  # what is imported here makes classes of httpx's

    def use(handler: Transport) -> None:
        client = httpx.AsyncClient
        transport = httpx.MockTransport(handler)
        monkeypatch.setattr(httpx, "AsyncClient", lambda **options: client(transport=transport, timeout=1))

    return use


def of(found: Catalogue, provider: str) -> dict[str, ModelInfo]:
    return {model.name: model for model in found.models if model.provider == provider}


async def test_without_a_key_there_is_the_demo_alone() -> None:
    found = await read_catalogue({})
    assert {model.provider for model in found.models} == {"demo"}
    assert found.unanswered == frozenset()
    engineer = of(found, "demo")["demo/engineer"]
    assert (engineer.is_scripted, engineer.input_price) == (True, Decimal(0))


async def test_a_key_brings_its_providers_models_and_no_others() -> None:
    found = await read_catalogue({"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": " "})
    assert {model.provider for model in found.models} == {"demo", "anthropic"}
    models = of(found, "anthropic")
    sonnet = models[dict(KEYED_DEFAULTS)["ANTHROPIC_API_KEY"]]
    assert sonnet.context_tokens is not None
    assert sonnet.context_tokens >= 100_000
    assert sonnet.input_price is not None
    assert Decimal("0.01") < sonnet.input_price < 1_000, "dollars per million tokens"
    assert (sonnet.has_tools, sonnet.has_vision, sonnet.has_thinking) == (True, True, True)


def test_what_the_cost_map_does_not_say_is_unknown() -> None:
    entry = {"litellm_provider": "lab", "mode": "chat", "max_tokens": 8_000, "input_cost_per_token": 0}
    cost_map = {
        "owl": entry,
        "blind-owl": {**entry, "supports_vision": False, "output_cost_per_token": 5e-07},
        "lab/old-owl": {**entry, "deprecation_date": "2026-01-31"},
        "ft:owl": entry,
        "eule": {**entry, "mode": "embedding"},
        "hoot": {**entry, "supported_output_modalities": ["audio"]},
    }
    found = {
        model.name: model for model in catalogue._mapped_models(cost_map, {"LAB_API_KEY": "k"}, "2026-02-01")
    }
    assert set(found) == {"lab/owl", "lab/blind-owl"}
    owl, blind = found["lab/owl"], found["lab/blind-owl"]
    assert (owl.has_tools, owl.has_vision, owl.input_price, owl.output_price) == (None, None, None, None)
    assert (blind.has_vision, blind.output_price) == (False, Decimal("0.5"))


async def test_a_customers_own_models_are_not_guessed() -> None:
    keys = {"AZURE_API_KEY": "k", "OLLAMA_API_KEY": "k", "GROQ_API_KEY": "k"}
    assert {model.provider for model in (await read_catalogue(keys)).models} == {"demo", "groq"}


async def test_a_named_endpoint_lists_its_own(provider: ScriptedProvider) -> None:
    environ = {"PARLEY_OPENAI_BASE_URL": f"{provider.url}/", "PARLEY_OPENAI_NAME": "Lab"}
    found = await read_catalogue(environ)
    assert set(of(found, "lab")) == {"lab/parrot", "lab/owl"}
    assert of(found, "lab")["lab/owl"].has_tools is None
    assert found.unanswered == frozenset()


async def test_ollama_and_openrouter_list_theirs(answer: Callable[[Transport], None]) -> None:
    rich = {
        "id": "vendor/sage:free",
        "context_length": 128_000,
        "pricing": {"prompt": "0", "completion": "0.0000025"},
        "supported_parameters": ["tools", "temperature"],
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "top_provider": {"max_completion_tokens": 4_000},
    }
    painter = {"id": "vendor/painter", "architecture": {"output_modalities": ["image"]}}
    auto = {"id": "vendor/auto", "pricing": {"prompt": "-1", "completion": "-1"}}
    bad = {"id": "two words"}
    keys: dict[str, str] = {}

    def handle(request: httpx.Request) -> httpx.Response:
        keys[request.url.host] = request.headers["authorization"]
        if request.url.host == "openrouter.ai":
            return httpx.Response(200, text=json.dumps({"data": [rich, painter, auto, bad]}))
        assert request.url.path == "/api/tags"
        return httpx.Response(200, json={"models": [{"name": "llama3.1:latest"}, {"name": "qwen3:8b"}]})

    answer(handle)
    found = await read_catalogue({"OLLAMA_API_BASE": "http://ollama.invalid", "OPENROUTER_API_KEY": "secret"})
    assert set(of(found, "ollama_chat")) == {"ollama_chat/llama3.1", "ollama_chat/qwen3:8b"}
    routed = of(found, "openrouter")
    assert set(routed) == {"openrouter/vendor/sage:free", "openrouter/vendor/auto"}
    sage = routed["openrouter/vendor/sage:free"]
    assert (sage.context_tokens, sage.output_tokens) == (128_000, 4_000)
    assert (sage.input_price, sage.output_price) == (Decimal(0), Decimal("2.5"))
    assert (sage.has_tools, sage.has_vision, sage.has_thinking) == (True, False, False)
    assert routed["openrouter/vendor/auto"].input_price is None
    assert keys == {"openrouter.ai": "Bearer secret", "ollama.invalid": "Bearer no-key"}


@pytest.mark.parametrize(
    "broken",
    [
        lambda request: httpx.Response(401, json={"error": "bad key secret"}),
        lambda request: httpx.Response(200, text="<html>"),
        lambda request: httpx.Response(200, json={"data": [{}]}),
        lambda request: httpx.Response(302, headers={"location": "http://elsewhere.invalid"}),
    ],
)
async def test_a_provider_that_does_not_answer_well_is_only_noted(
    answer: Callable[[Transport], None], broken: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    answer(broken)
    found = await read_catalogue(
        {"PARLEY_OPENAI_BASE_URL": "http://lab.invalid", "PARLEY_OPENAI_NAME": "lab"}
    )
    assert found.unanswered == {"lab"}
    assert of(found, "demo")
    assert "The models of lab could not be listed" in caplog.text
    assert "secret" not in caplog.text
