"""The table of docs/failures.md: each way to fail, what is told, and what follows on it."""

from __future__ import annotations

from typing import assert_never

from llm.gateway.errors import MENDS, SENTENCES
from llm.retrying import HANDLING, Handling
from llm.speaking import SILENCES


def failure_table() -> str:
    """In Markdown, in the taxonomy's order."""
    sentences: dict[str, str] = {code: error.message for code, error in SILENCES.items()}
    sentences |= dict(SENTENCES.items())
    mends: dict[str, str] = dict(MENDS.items())
    rows = [
        f"| `{code}` | {sentences[code]} | {'yes' if handling.is_tried_again else 'no'} | {_other(handling)}"
        f" | {mends.get(code, 'had nothing to show')} |"
        for code, handling in HANDLING.items()
    ]
    head = "| Code | What people read | The same model again | Another model | What the log says |"
    return "\n".join([head, "| --- | --- | --- | --- | --- |", *rows])


def _other(handling: Handling) -> str:
    match handling.falls_back:
        case "to_any":
            return "the next"
        case "to_larger":
            return "the next with a larger window"
        case "never":
            return "no"
        case never:
            assert_never(never)
