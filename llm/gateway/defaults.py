"""Which model answers when nobody chose one, and where it is reached. Pure: no LiteLLM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

DEMO_PROVIDER = "demo"
NEUTRAL_LENS = "neutral"
# Models that misbehave on purpose (`demo_trials`).
TRIAL_LENSES = ("slow", "flaky", "leaky")
TRIALS_VARIABLE = "PARLEY_TEST_MODELS"
_TRUE = frozenset({"1", "true", "yes", "on"})

# The first key that is set decides. All of these are in the cost map of the pinned LiteLLM
# (llm/tests/test_gateway_demo.py checks it), or are priced by the provider's own report.
KEYED_DEFAULTS: tuple[tuple[str, str], ...] = (
    ("OPENAI_API_KEY", "openai/gpt-5.4-mini"),
    ("ANTHROPIC_API_KEY", "anthropic/claude-sonnet-5"),
    ("OPENROUTER_API_KEY", "openrouter/openai/gpt-5.4-mini"),
    ("OLLAMA_API_BASE", "ollama_chat/llama3.1"),
)

# LiteLLM falls back to the server's own key where it gets none. A placeholder keeps a
# keyless local server from ever being sent a real one.
NO_KEY = "no-key"

OLLAMA_PROVIDERS = frozenset({"ollama", "ollama_chat"})
# What these have is their customer's own: no list of LiteLLM's knows it.
UNMAPPED_PROVIDERS = OLLAMA_PROVIDERS | {"azure", "azure_ai"}
# LiteLLM's cost map knows none of its models, and new ones come every week.
OPENROUTER_MODELS = "https://openrouter.ai/api/v1/models"

# A named endpoint of such a name would take over the provider's models.
RESERVED_NAMES = frozenset(
    {DEMO_PROVIDER, *OLLAMA_PROVIDERS, *(model.partition("/")[0] for _, model in KEYED_DEFAULTS)}
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is reached, when that is not its provider's usual address."""

    api_base: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ModelList:
    """An address that lists a provider's models. `prefix` makes their names LiteLLM's."""

    prefix: str
    url: str
    api_key: str = field(repr=False)
    dialect: Literal["openai", "ollama"] = "openai"


def default_model(environ: Mapping[str, str], *, lens: str = NEUTRAL_LENS) -> str:
    """The model of a persona that names none.

    1. PARLEY_DEFAULT_MODEL.
    2. The model of the first provider key that is set (`KEYED_DEFAULTS`).
    3. PARLEY_OPENAI_MODEL on the named endpoint, if PARLEY_OPENAI_BASE_URL is set.
    4. The scripted demo, seen through `lens` (the persona's slug).
    """
    chosen = _value(environ, "PARLEY_DEFAULT_MODEL")
    if chosen:
        return chosen
    for variable, model in KEYED_DEFAULTS:
        if _value(environ, variable):
            return model
    named_model = _value(environ, "PARLEY_OPENAI_MODEL")
    if named_model and _value(environ, "PARLEY_OPENAI_BASE_URL"):
        return f"{_endpoint_name(environ)}/{named_model}"
    # A persona called Slow is not meant to try anything.
    return f"{DEMO_PROVIDER}/{NEUTRAL_LENS if is_trial(lens) else lens}"


def is_scripted(model: str) -> bool:
    """Whether the model is the built-in demo and must be labelled as no AI model."""
    return _provider(model) == DEMO_PROVIDER


def is_trial(lens: str) -> bool:
    """Whether a demo model of this name misbehaves on purpose."""
    return lens.partition("-")[0] in TRIAL_LENSES


def are_trials_offered(environ: Mapping[str, str]) -> bool:
    return _value(environ, TRIALS_VARIABLE).lower() in _TRUE


def endpoint_for(model: str, environ: Mapping[str, str]) -> Endpoint | None:
    """The address and key for a model of the named endpoint or of Ollama; None: the provider's own."""
    provider = _provider(model)
    base_url = _value(environ, "PARLEY_OPENAI_BASE_URL")
    if base_url and provider == _endpoint_name(environ):
        return Endpoint(api_base=base_url, api_key=_value(environ, "PARLEY_OPENAI_API_KEY") or NO_KEY)
    ollama_base = _value(environ, "OLLAMA_API_BASE")
    if ollama_base and provider in OLLAMA_PROVIDERS:
        return Endpoint(api_base=ollama_base, api_key=_value(environ, "OLLAMA_API_KEY") or NO_KEY)
    return None


def model_lists(environ: Mapping[str, str]) -> tuple[ModelList, ...]:
    """The providers that are asked which models they have, as far as they are configured."""
    lists = []
    if base_url := _value(environ, "PARLEY_OPENAI_BASE_URL"):
        key = _value(environ, "PARLEY_OPENAI_API_KEY") or NO_KEY
        lists.append(ModelList(_endpoint_name(environ), f"{base_url.rstrip('/')}/models", key))
    if base_url := _value(environ, "OLLAMA_API_BASE"):
        key = _value(environ, "OLLAMA_API_KEY") or NO_KEY
        lists.append(ModelList("ollama_chat", f"{base_url.rstrip('/')}/api/tags", key, "ollama"))
    if key := _value(environ, "OPENROUTER_API_KEY"):
        lists.append(ModelList("openrouter", OPENROUTER_MODELS, key))
    return tuple(lists)


def has_key(provider: str, environ: Mapping[str, str]) -> bool:
    """Whether the key that LiteLLM looks for, GROQ_API_KEY for groq, is set."""
    return bool(_value(environ, f"{provider.upper().replace('-', '_')}_API_KEY"))


def is_reachable(model: str, environ: Mapping[str, str]) -> bool:
    """Whether the model's provider is configured here at all."""
    provider = _provider(model)
    if not provider:
        return False
    asked = {models.prefix for models in model_lists(environ)}
    if "ollama_chat" in asked:
        asked |= OLLAMA_PROVIDERS
    known = asked | {DEMO_PROVIDER, _provider(default_model(environ))}
    return provider in known or has_key(provider, environ)


def _value(environ: Mapping[str, str], variable: str) -> str:
    return environ.get(variable, "").strip()


def _endpoint_name(environ: Mapping[str, str]) -> str:
    return _value(environ, "PARLEY_OPENAI_NAME").lower() or "custom"


def _provider(model: str) -> str:
    return model.partition("/")[0].lower() if "/" in model else ""
