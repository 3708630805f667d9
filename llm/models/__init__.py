"""Turns, what they cost, what they were given, what is known of models, and what rooms remember."""

from llm.models.alert import BudgetAlert
from llm.models.card import ModelCard
from llm.models.chain import Chain
from llm.models.cursor import DispatchCursor
from llm.models.decision import WakeDecision
from llm.models.given import Given
from llm.models.hand import Hand
from llm.models.memory import Checkpoint, Chunk, Correction, RoomMemory, TokenFactor
from llm.models.next_step import NextStep
from llm.models.router_call import RouterCall
from llm.models.run import Run, RunOutcome, RunStep
from llm.models.tool import ToolAbility, ToolRecord
from llm.models.turn import SealedText, Thinking, Turn
from llm.models.usage import UsageEntry

__all__ = [
    "BudgetAlert",
    "Chain",
    "Checkpoint",
    "Chunk",
    "Correction",
    "DispatchCursor",
    "Given",
    "Hand",
    "ModelCard",
    "NextStep",
    "RoomMemory",
    "RouterCall",
    "Run",
    "RunOutcome",
    "RunStep",
    "SealedText",
    "Thinking",
    "TokenFactor",
    "ToolAbility",
    "ToolRecord",
    "Turn",
    "UsageEntry",
    "WakeDecision",
]
