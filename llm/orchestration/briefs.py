"""Words that several modes use: how a run's turns are told what is before them. Pure.

The scripted demo reads some of them (llm/gateway/demo_runs.py): what has to be handed in stands in
a line that begins with `HAND_IN`, and the choices on lines of their own.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Sequence
from uuid import UUID

from llm.orchestration.values import Ask, Taken

HAND_IN = "Hand in with submit:"
CHOICES = "The choices, one to a line:"

ANSWER_TASK = "Answer on your own; the others do the same, and nobody sees an answer before all are in."

# Of one answer, where several are shown.
SHOWN_CHARACTERS = 3_000


def rounds(count: int) -> str:
    return "The one round is" if count == 1 else f"All {count} rounds are"


def hand_in(ask: Ask | None) -> str:
    """What the turn has to hand in, blank for nothing."""
    if ask is None:
        return ""
    wanted = {
        "ballot": "choice, confidence (0 to 100) and reason (one sentence).",
        "verdict": "choice (the better side) and reason (one sentence). Judge what was said alone.",
        "ranking": "ranking (all labels, the best first) and reason (one sentence).",
        "lead": "next (who speaks now) and instruction (what you want of them), progress (what is done and"
        " what is open); or done: yes with reason (the result); or, where people have to decide, question"
        " with options.",
    }[ask.kind]
    if not ask.choices:
        free = " Make choice a short answer of at most six words, so that equal ones can be counted."
        return f"{HAND_IN} {wanted}{free if ask.kind == 'ballot' else ''}"
    options = "\n".join(f"- {choice}" for choice in ask.choices)
    return f"{HAND_IN} {wanted}\n{CHOICES}\n{options}"


def shuffled(ids: Iterable[UUID], seed: str) -> list[UUID]:
    """In an order that tells nothing, the same for the same seed."""
    return sorted(ids, key=lambda id_: hashlib.sha256(f"{seed}\x00{id_}".encode()).digest())


def labels(ids: Iterable[UUID], seed: str) -> dict[str, UUID]:
    """A letter for each, in an order that tells nothing."""
    return dict(zip(string.ascii_uppercase, shuffled(ids, seed), strict=False))


def shown(label: str, text: str) -> str:
    text = text.strip()
    if len(text) > SHOWN_CHARACTERS:
        text = f"{text[:SHOWN_CHARACTERS].rpartition(' ')[0]} …"
    return f"{label}:\n{text}"


def in_full(turns: Sequence[tuple[str, Taken]]) -> str:
    """Texts behind their labels, with what was handed in where nothing was written."""
    return "\n\n".join(shown(label, said(turn)) for label, turn in turns)


def said(turn: Taken) -> str:
    """What a turn came to, in words."""
    if turn.text.strip():
        return turn.text
    if turn.answer is not None and turn.answer.choice:
        return f"{turn.answer.choice}. {turn.answer.reason}".strip()
    return "(nothing)"
