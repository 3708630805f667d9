"""What a chain of turns may use before a person has to speak again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RefusalCode = Literal["depth_limit", "turn_limit", "muted"]


@dataclass(frozen=True)
class Limits:
    """`depth`: hand-overs in a row from persona to persona; `turns`: replies in all."""

    depth: int
    turns: int


@dataclass(frozen=True)
class Refusal:
    """Why a persona may not speak: a code, and one sentence for the room."""

    code: RefusalCode
    message: str


def muted(name: str) -> Refusal:
    """The refusal of a direct call of the muted persona `name`."""
    return Refusal("muted", f"{name} is muted in this room; its owner or a moderator can unmute it.")


def refuse(limits: Limits, *, depth: int, turns_used: int) -> Refusal | None:
    """Whether one more turn at `depth` (0: woken by a person) is too much for its chain.

    `turns_used` counts the turns that the chain has reserved so far.
    """
    if depth > limits.depth:
        return Refusal(
            "depth_limit",
            f"Personas handed over to each other {limits.depth} times; a person has to say something first.",
        )
    if turns_used >= limits.turns:
        return Refusal(
            "turn_limit",
            f"This message has led to {limits.turns} replies already; a person has to say something first.",
        )
    return None
