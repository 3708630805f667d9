"""Which models this server's keys reach, and what is known of them. For workers: it needs LiteLLM.

1. The demo's voices, always.
2. LiteLLM's cost map, for the providers whose key is set.
3. The providers that list their models themselves, asked side by side with a short deadline;
   one that does not answer is only noted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from llm.gateway import _litellm, demo_trials
from llm.gateway.defaults import (
    DEMO_PROVIDER,
    NEUTRAL_LENS,
    UNMAPPED_PROVIDERS,
    ModelList,
    are_trials_offered,
    has_key,
    is_trial,
    model_lists,
)
from llm.gateway.demo_voices import VOICES
from llm.gateway.types import Catalogue, ModelInfo

logger = logging.getLogger(__name__)

ASK_SECONDS = 4.0
# Of one provider: a list that is longer is none that a person chooses from.
MODELS_MOST = 2_000
NAME_CHARACTERS = 200
MILLION = 1_000_000
# Where a provider keeps prompts and does not say from which length on.
USUALLY_CACHED_FROM = 1_024
_CHAT_MODES = frozenset({"chat", "responses"})


async def read_catalogue(environ: Mapping[str, str]) -> Catalogue:
    """Everything that is offered now. Takes `ASK_SECONDS` at most, once LiteLLM is loaded."""
    asked = model_lists(environ)
    cost_map: Mapping[str, Any] = (await asyncio.to_thread(_litellm.loaded)).model_cost
    answers = await asyncio.gather(*(_ask(models) for models in asked))
    found = {model.name: model for model in _demo_models(environ)}
    better_known = UNMAPPED_PROVIDERS | {models.prefix for models in asked}
    for model in _mapped_models(cost_map, environ, date.today().isoformat()):
        if model.provider not in better_known:
            found.setdefault(model.name, model)
    for answer in answers:
        found.update((model.name, model) for model in answer or ())
    unanswered = {models.prefix for models, answer in zip(asked, answers, strict=True) if answer is None}
    return Catalogue(tuple(found.values()), frozenset(unanswered))


def _demo_models(environ: Mapping[str, str]) -> Iterator[ModelInfo]:
    for lens in (NEUTRAL_LENS, *VOICES, *(demo_trials.OFFERED if are_trials_offered(environ) else ())):
        yield ModelInfo(
            name=f"{DEMO_PROVIDER}/{lens}",
            label=lens.replace("-", " ").capitalize(),
            provider=DEMO_PROVIDER,
            input_price=Decimal(0),
            output_price=Decimal(0),
            has_tools=not is_trial(lens),
            has_vision=False,
            has_thinking=False,
            is_scripted=True,
        )


def _mapped_models(
    cost_map: Mapping[str, Any], environ: Mapping[str, str], today: str
) -> Iterator[ModelInfo]:
    for key, entry in cost_map.items():
        provider = str(entry.get("litellm_provider", ""))
        if has_key(provider, environ) and _is_for_chat(key, entry, today):
            name = key if key.startswith(f"{provider}/") else f"{provider}/{key}"
            yield ModelInfo(
                name=name,
                label=name.partition("/")[2],
                provider=provider,
                context_tokens=_count(entry.get("max_input_tokens") or entry.get("max_tokens")),
                output_tokens=_count(entry.get("max_output_tokens")),
                # The map has zero for many models that are not free.
                input_price=_price(entry.get("input_cost_per_token")) or None,
                output_price=_price(entry.get("output_cost_per_token")) or None,
                has_tools=_known(entry.get("supports_function_calling")),
                has_vision=_known(entry.get("supports_vision")),
                has_thinking=_known(entry.get("supports_reasoning")),
                cached_from=_cached_from(entry),
            )


def _is_for_chat(key: str, entry: Mapping[str, Any], today: str) -> bool:
    """Whether it can be called by this name now and answers with text."""
    return (
        entry.get("mode") in _CHAT_MODES
        and not key.startswith("ft:")  # a fine-tuned model's name goes on after it
        and bool(entry.get("max_input_tokens") or entry.get("max_tokens"))
        and "text" in entry.get("supported_output_modalities", ["text"])
        and str(entry.get("deprecation_date") or "9999") > today
    )


async def _ask(models: ModelList) -> list[ModelInfo] | None:
    """What the provider lists; None, and a line in the log, where it does not answer well."""
    headers = {"Authorization": f"Bearer {models.api_key}"}
    try:
        async with (
            asyncio.timeout(ASK_SECONDS),
            httpx.AsyncClient(verify=_litellm.tls(), timeout=ASK_SECONDS) as client,
        ):
            response = await client.get(models.url, headers=headers)
        response.raise_for_status()
        body = response.json()
        entries = body["models"] if models.dialect == "ollama" else body["data"]
        read = _read_ollama if models.dialect == "ollama" else _read_openai
        found = (read(models.prefix, entry) for entry in entries[:MODELS_MOST])
        return [model for model in found if model is not None]
    except Exception as error:
        # Not its text: that may quote the key.
        logger.warning("The models of %s could not be listed: %s", models.prefix, type(error).__name__)
        return None


def _read_ollama(prefix: str, entry: Mapping[str, Any]) -> ModelInfo | None:
    # "llama3.1" means "llama3.1:latest" to it, and is what people write.
    return _named(prefix, str(entry["name"]).removesuffix(":latest"))


def _read_openai(prefix: str, entry: Mapping[str, Any]) -> ModelInfo | None:
    """An entry of /v1/models, with the window that vLLM and the details that OpenRouter add."""
    pricing = entry.get("pricing") or {}
    takes = entry.get("supported_parameters")
    modalities = entry.get("architecture") or {}
    if "text" not in modalities.get("output_modalities", ["text"]):
        return None
    sees = modalities.get("input_modalities")
    return _named(
        prefix,
        str(entry["id"]),
        context_tokens=_count(entry.get("context_length") or entry.get("max_model_len")),
        output_tokens=_count((entry.get("top_provider") or {}).get("max_completion_tokens")),
        input_price=_price(pricing.get("prompt")),
        output_price=_price(pricing.get("completion")),
        has_tools="tools" in takes if isinstance(takes, list) else None,
        has_vision="image" in sees if isinstance(sees, list) else None,
        has_thinking="reasoning" in takes if isinstance(takes, list) else None,
        cached_from=USUALLY_CACHED_FROM if pricing.get("input_cache_read") else None,
    )


def _named(prefix: str, label: str, **known: Any) -> ModelInfo | None:
    name = f"{prefix}/{label}"
    if not label or not name.isprintable() or " " in name or len(name) > NAME_CHARACTERS:
        return None
    return ModelInfo(name=name, label=label, provider=prefix, **known)


def _cached_from(entry: Mapping[str, Any]) -> int | None:
    if not entry.get("supports_prompt_caching"):
        return None
    return _count(entry.get("prompt_cache_min_tokens")) or USUALLY_CACHED_FROM


def _known(value: Any) -> bool | None:
    """What the map says; what it does not mention may still be so."""
    return value if isinstance(value, bool) else None


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
    return value if is_count else None


def _price(per_token: Any) -> Decimal | None:
    """Dollars per million tokens from dollars per token."""
    try:
        price = round(Decimal(str(per_token)) * MILLION, 6)
    except InvalidOperation:
        return None
    # OpenRouter writes -1 where it depends.
    return price if 0 <= price < MILLION else None
