"""Turns, what they cost, and what is known of models."""

from llm.models.card import ModelCard
from llm.models.chain import Chain
from llm.models.cursor import DispatchCursor
from llm.models.turn import Thinking, Turn
from llm.models.usage import UsageEntry

__all__ = ["Chain", "DispatchCursor", "ModelCard", "Thinking", "Turn", "UsageEntry"]
