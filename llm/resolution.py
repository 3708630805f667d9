"""Which model answers: decided anew at each turn, so that adding a key takes effect."""

from __future__ import annotations

import os

from llm.gateway.defaults import default_model, is_scripted
from rooms.extensions import ResolvedModel


def resolve(model: str, lens: str) -> ResolvedModel:
    """`model`, else the server's default, else the scripted demo voice `lens`."""
    name = model or default_model(os.environ, lens=lens or "neutral")
    return ResolvedModel(name, is_scripted=is_scripted(name))


def is_demo() -> bool:
    """No model is configured: what answers is scripted."""
    return is_scripted(default_model(os.environ, lens="neutral"))
