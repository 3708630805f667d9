"""REST of the models that can be chosen."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from llm.cards import offered
from llm.models import ModelCard
from rooms import extensions
from rooms.api.base import ParleyView
from rooms.errors import ParleyError

MODELS_LISTED = 50


class ModelsView(ParleyView):
    def get(self, request: Request) -> Response:
        """The models that personas can answer with: `?q=` words of their names. `total` may be
        more than are listed; `default` answers where none is chosen, null if that is the demo.

        For whoever has a name here: what a server pays for is nobody else's business.
        """
        if not self.viewer.is_known:
            raise ParleyError("not_allowed", "Say who you are first.")
        cards = offered(request.query_params.get("q", ""))
        default = extensions.resolve_model("", "")
        return Response(
            {
                "results": [_entry(card) for card in cards[:MODELS_LISTED]],
                "total": cards.count(),
                "default": None if default.is_scripted else default.name,
            }
        )


def _entry(card: ModelCard) -> dict[str, Any]:
    return {
        "name": card.name,
        "label": card.label,
        "provider": card.provider,
        "context_tokens": card.context_tokens,
        "output_tokens": card.output_tokens,
        "input_price": None if card.input_price is None else float(card.input_price),
        "output_price": None if card.output_price is None else float(card.output_price),
        "has_tools": card.has_tools,
        "has_vision": card.has_vision,
        "has_thinking": card.has_thinking,
        "is_scripted": card.is_scripted,
    }
