"""The models that people can choose: written by workers, which can ask; read by the web."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import asdict, fields

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from llm.gateway.defaults import is_reachable
from llm.gateway.types import Catalogue, ModelInfo
from llm.models import ModelCard
from llm.once import once

SEARCH_WORDS = 8
SEARCH_CHARACTERS = 200
# Lists models by the thousand; an absence from the last list is no proof.
_PARTLY_KNOWN = frozenset({"openrouter"})


def store(catalogue: Catalogue) -> int:
    """Make the cards what `catalogue` says; returns how many models are offered.

    What it lacks becomes unavailable, but for the models of a provider that could not be
    asked while it is still configured. Several workers may do this at once.
    """
    now = timezone.now()
    cards = [ModelCard(**asdict(model), is_available=True, seen_at=now) for model in catalogue.models]
    names = [field.name for field in fields(ModelInfo) if field.name != "name"]
    with transaction.atomic():
        ModelCard.objects.bulk_create(
            cards,
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=[*names, "is_available", "seen_at"],
        )
        gone = ModelCard.objects.filter(is_available=True, seen_at__lt=now)
        gone.exclude(provider__in=catalogue.unanswered).update(is_available=False)
    return len(cards)


@once(lambda name: name)
def card_of(name: str) -> ModelCard | None:
    """What is known of a model, None where it has no card."""
    return ModelCard.objects.filter(name=name).order_by().first()


def offered(words: str = "") -> QuerySet[ModelCard]:
    """The models to choose from whose name or label has all of `words`, scripted ones last."""
    cards = ModelCard.objects.filter(is_available=True)
    # PostgreSQL refuses to look for a NUL.
    for word in words.replace("\x00", "")[:SEARCH_CHARACTERS].split()[:SEARCH_WORDS]:
        cards = cards.filter(Q(name__icontains=word) | Q(label__icontains=word))
    return cards


def know_tools(names: Collection[str]) -> Mapping[str, bool | None]:
    return dict(ModelCard.objects.filter(name__in=names).values_list("name", "has_tools"))


def model_problem(name: str) -> str | None:
    """Why no persona can answer with the model `name`, in one sentence, or None.

    A model with a card is fine while it is offered. One without is taken on trust where its
    provider is configured but could not tell its models, or tells only some of them.
    """
    if ModelCard.objects.filter(name=name, is_available=True).exists():
        return None
    # An address in a name would have LiteLLM send a key there.
    if not name.isprintable() or " " in name or "://" in name or "/" not in name.strip("/"):
        return "Name a model as provider/model, such as openai/gpt-5.4-mini."
    provider = name.partition("/")[0].lower()
    if not is_reachable(name, os.environ):
        return f"This server has no key for {provider}."
    is_listed = ModelCard.objects.filter(provider=provider, is_available=True).exists()
    if is_listed and provider not in _PARTLY_KNOWN:
        return f"{provider} offers no model of the name {name.partition('/')[2]} here."
    return None
