"""How long a prompt may be, and which parts of it are the memory's. Pure."""

from __future__ import annotations

# Of a model that nobody knows the window of. Ollama, for one, starts models with little more.
DEFAULT_WINDOW = 16_000
# What is left where a window is hardly longer than a reply.
LEAST_TOKENS = 1_000
# Of a window: what providers add to a request, and where an estimate errs.
MARGIN = 0.05

# Background compaction begins at so much of the budget, and leaves so much of it.
COMPACT_AT, COMPACT_TO = 0.75, 0.35
# Of the budget: what the room's memory, and what is recalled, may take.
MEMORY_SHARE, RECALL_SHARE = 0.15, 0.15


def prompt_tokens(window: int | None, wanted: int, output: int) -> int:
    """How long a prompt may be, in tokens: the model's `window` (None: unknown) less the reply's `output` and
    a margin, and no more than is `wanted`."""
    room = int((window or DEFAULT_WINDOW) * (1 - MARGIN)) - output
    return max(LEAST_TOKENS, min(wanted, room))
