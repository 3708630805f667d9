"""Which providers keep the beginnings of prompts, and how they want to be told. Pure.

OpenAI, Gemini, DeepSeek and most others find a repeated beginning by themselves. Anthropic's
models want to be told where what is worth keeping ends. Gemini would understand such a mark
as a request for a cache of its own, which is made by another call and paid by the hour.
"""

from __future__ import annotations

_BY_VENDOR = {"openrouter": "anthropic/", "bedrock": "anthropic.", "vertex_ai": "claude"}


def wants_marks(model: str) -> bool:
    """Whether the provider of `model`, by LiteLLM's name, keeps only what is marked."""
    provider, _, name = model.partition("/")
    if provider == "anthropic":
        return True
    return provider in _BY_VENDOR and _BY_VENDOR[provider] in name
