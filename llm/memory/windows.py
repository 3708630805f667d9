"""How long prompts may be in a room, from its setting and the windows of its models."""

from __future__ import annotations

from django.conf import settings

from llm.cards import card_of
from llm.memory.budget import prompt_tokens
from llm.models import ModelCard
from llm.once import once
from rooms import extensions
from rooms.models import Participant, Room

# What a reply may take of a window, as `llm.requests` asks for.
OUTPUT_TOKENS = 4_096


@once(lambda room, model: (room.pk, model))
def prompt_budget(room: Room, model: str) -> int:
    """The tokens of a prompt of `model` in `room`, at the most."""
    card = card_of(model)
    return prompt_tokens(card.context_tokens if card else None, wanted(room), OUTPUT_TOKENS)


def room_budget(room: Room) -> int:
    """The same for whichever of its personas has the least: the room has one memory for all of them."""
    personas = room.participants.filter(kind=Participant.Kind.PERSONA, left_at=None)
    names = {extensions.model_of(persona, room).name for persona in personas.defer("prompt")}
    windows = dict(ModelCard.objects.filter(name__in=names).values_list("name", "context_tokens"))
    budgets = [prompt_tokens(windows.get(name), wanted(room), OUTPUT_TOKENS) for name in names]
    return min(budgets, default=prompt_tokens(None, wanted(room), OUTPUT_TOKENS))


def wanted(room: Room) -> int:
    """The room's own setting, else the server's."""
    return room.memory_tokens or settings.LLM_MEMORY_TOKENS
