"""Which model answers: decided anew at each turn, so that adding a key takes effect."""

from __future__ import annotations

import os

from llm.gateway.defaults import default_model, is_scripted
from llm.models import ModelCard, Turn
from llm.retrying import Candidate, Models
from rooms import extensions
from rooms.extensions import ResolvedModel


def resolve(model: str, lens: str) -> ResolvedModel:
    """`model`, else the server's default, else the scripted demo voice `lens`."""
    name = model or default_model(os.environ, lens=lens or "neutral")
    return ResolvedModel(name, is_scripted=is_scripted(name))


def models_of(turn: Turn) -> Models:
    """The models that may answer a turn: the one that it was woken with, and what its persona
    or else its room has for it to fall back on by now."""
    asked = Candidate(turn.model, is_scripted=turn.is_scripted)
    fallbacks = extensions.fallbacks_of(turn.participant, turn.room)
    others = [model for model in fallbacks if model.name != turn.model]
    if not others:
        return Models(asked)
    names = [turn.model, *(model.name for model in others)]
    windows = dict(ModelCard.objects.filter(name__in=names).values_list("name", "context_tokens"))
    return Models(
        Candidate(turn.model, windows.get(turn.model), turn.is_scripted),
        tuple(Candidate(model.name, windows.get(model.name), model.is_scripted) for model in others),
    )


def is_demo() -> bool:
    """No model is configured: what answers is scripted."""
    return is_scripted(default_model(os.environ, lens="neutral"))
