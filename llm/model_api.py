"""The models that can be chosen, over REST."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from llm.cards import offered
from llm.models import ModelCard
from llm.protocol import ModelList, ModelShape
from rooms import extensions
from rooms.api.base import ParleyView
from rooms.api.described import Query, documented
from rooms.errors import ParleyError

MODELS_LISTED = 50

_WORDS = Query("q", "Words that the name has.", str)


class ModelsView(ParleyView):
    @documented("listModels", "catalogue", gives=ModelList, query=[_WORDS])
    def get(self, request: Request) -> Response:
        """The models that personas can answer with, for whoever has a name here: what a server
        pays for is nobody else's business."""
        if not self.viewer.is_known:
            raise ParleyError("not_allowed", "Say who you are first.")
        cards = offered(self.words("q"))
        default = extensions.resolve_model("", "")
        return self.answer(
            ModelList(
                results=[_shape(card) for card in cards[:MODELS_LISTED]],
                total=cards.count(),
                default=None if default.is_scripted else default.name,
            )
        )


def _shape(card: ModelCard) -> ModelShape:
    return ModelShape(
        name=card.name,
        label=card.label,
        provider=card.provider,
        context_tokens=card.context_tokens,
        output_tokens=card.output_tokens,
        input_price=None if card.input_price is None else float(card.input_price),
        output_price=None if card.output_price is None else float(card.output_price),
        has_tools=card.has_tools,
        has_vision=card.has_vision,
        has_thinking=card.has_thinking,
        is_scripted=card.is_scripted,
    )
