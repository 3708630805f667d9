"""What a model's tokens cost, as its card says or as budgets count it without one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from django.conf import settings

from llm.budgets import FREE, Price
from llm.cards import card_of
from llm.gateway.defaults import is_scripted
from llm.models import ModelCard


def prices_of(models: Collection[str]) -> Mapping[str, Price]:
    """The price of each of these models. A model without a known one has an assumed price,
    since unpriced is not free; the scripted ones are free."""
    unscripted = {model for model in models if not is_scripted(model)}
    cards = {card.name: card for card in ModelCard.objects.filter(name__in=unscripted)} if unscripted else {}
    return {model: _by(cards.get(model)) if model in unscripted else FREE for model in models}


def price_of(model: str) -> Price:
    """As `prices_of`, of one."""
    return FREE if is_scripted(model) else _by(card_of(model))


def _by(card: ModelCard | None) -> Price:
    if card is None or card.input_price is None or card.output_price is None:
        assumed = Decimal(str(settings.LLM_UNPRICED_USD))
        return Price(assumed, assumed, is_known=False)
    return Price(card.input_price, card.output_price)
