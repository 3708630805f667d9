"""What a chain of turns may come to before a person has to speak again. Pure.

Counts only; money and tokens are decided in `llm.budgets`. There are no counters: what a
chain has used is read off its turns, so that a crash loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

RefusalCode = Literal[
    "depth_limit",
    "turn_limit",
    "persona_limit",
    "pair_limit",
    "fanout_limit",
    "token_limit",
    "chain_budget",
    "room_budget",
    "person_budget",
    "self_mention",
    "already_queued",
    "superseded",
    "muted",
]

# Those that a grant lifts: the limits of one chain. A day's budget is not one of them.
GRANTABLE: frozenset[str] = frozenset(
    {
        "depth_limit",
        "turn_limit",
        "persona_limit",
        "pair_limit",
        "fanout_limit",
        "token_limit",
        "chain_budget",
    }
)

_FIRST = "a person has to say something first."


@dataclass(frozen=True)
class Limits:
    """What one chain may come to.

    `depth`: hand-overs in a row from persona to persona; `turns`: replies in all; `persona`:
    replies of one persona; `pair`: hand-overs between two personas, in whichever direction;
    `fanout`: replies that one message leads to.
    """

    depth: int
    turns: int
    persona: int
    pair: int
    fanout: int

    def raised(self, more: int) -> Limits:
        """Every limit by so many."""
        return Limits(
            self.depth + more, self.turns + more, self.persona + more, self.pair + more, self.fanout + more
        )


@dataclass(frozen=True)
class Call:
    """A wake: `by` (a person, or a persona that hands over) wakes `persona` with the message
    `trigger`, `depth` hand-overs after a person spoke."""

    persona: UUID
    by: UUID
    trigger: UUID
    depth: int
    is_handover: bool


@dataclass(frozen=True)
class Reserved:
    """A call of the chain that was let through. `is_waiting`: nobody has begun with it."""

    call: Call
    is_waiting: bool = False


@dataclass(frozen=True)
class Refusal:
    """Why a persona may not speak: a code, and one sentence for the room."""

    code: RefusalCode
    message: str


SUPERSEDED = Refusal("superseded", "A person said something new before it began.")
_SELF = Refusal("self_mention", "A persona can't call itself.")
_QUEUED = Refusal("already_queued", "It is waiting to answer in this exchange already.")


def muted(name: str) -> Refusal:
    """The refusal of a direct call of the muted persona `name`."""
    return Refusal("muted", f"{name} is muted in this room; its owner or a moderator can unmute it.")


def decide(limits: Limits, reserved: Sequence[Reserved], calls: Sequence[Call]) -> tuple[Refusal | None, ...]:
    """For each of `calls`, in order, why it is refused, or None.

    `reserved` is what the chain let through so far; each call that passes counts for the
    next. A person's call is never held to be a repetition: only limits refuse it.
    """
    history = list(reserved)
    answers: list[Refusal | None] = []
    for call in calls:
        refusal = _refuse(limits, history, call)
        answers.append(refusal)
        if refusal is None:
            history.append(Reserved(call, is_waiting=True))
    return tuple(answers)


def _refuse(limits: Limits, history: Sequence[Reserved], call: Call) -> Refusal | None:
    if call.persona == call.by:
        return _SELF
    if call.is_handover and any(r.is_waiting and r.call.persona == call.persona for r in history):
        return _QUEUED
    past = [r.call for r in history]
    if call.depth > limits.depth:
        return Refusal(
            "depth_limit", f"Personas handed over to each other {limits.depth} times in a row; {_FIRST}"
        )
    if len(past) >= limits.turns:
        return Refusal("turn_limit", f"This message has led to {limits.turns} replies already; {_FIRST}")
    if sum(p.persona == call.persona for p in past) >= limits.persona:
        return Refusal("persona_limit", f"It has answered {limits.persona} times in this exchange; {_FIRST}")
    if call.is_handover and sum(p.is_handover and _pair(p) == _pair(call) for p in past) >= limits.pair:
        return Refusal(
            "pair_limit", f"These two handed over to each other {limits.pair} times already; {_FIRST}"
        )
    if sum(p.trigger == call.trigger for p in past) >= limits.fanout:
        return Refusal("fanout_limit", f"One message may call {limits.fanout} personas.")
    return None


def _pair(call: Call) -> frozenset[UUID]:
    return frozenset({call.persona, call.by})
