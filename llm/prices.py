"""What a model's tokens cost, as its card says or as budgets count it without one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from django.conf import settings

from llm.budgets import FREE, Price
from llm.gateway.defaults import is_scripted
from llm.models import ModelCard
from llm.once import once


def prices_of(models: Collection[str]) -> Mapping[str, Price]:
    """The price of each of these models. A model without a known one has an assumed price,
    since unpriced is not free; the scripted ones are free."""
    unscripted = {model for model in models if not is_scripted(model)}
    cards = ModelCard.objects.filter(name__in=unscripted) if unscripted else ()
    known = {
        card.name: Price(card.input_price, card.output_price)
        for card in cards
        if card.input_price is not None and card.output_price is not None
    }
    assumed = Decimal(str(settings.LLM_UNPRICED_USD))
    unknown = Price(assumed, assumed, is_known=False)
    return {model: known.get(model, unknown) if model in unscripted else FREE for model in models}


@once(lambda model: model)
def price_of(model: str) -> Price:
    return prices_of({model})[model]
