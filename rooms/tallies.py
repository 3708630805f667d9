"""What a poll tells to everybody. Pure.

The same answer goes to all members, so that nothing in it may depend on what somebody must
not learn: of a sealed poll that is open, what was voted; of an anonymous one, who voted, and
so who voted what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

# An anonymous poll tells people from personas only where each are so many: the only persona in a
# room would have no secret.
CROWD = 3


@dataclass(frozen=True)
class Rules:
    """`options` is how many there are."""

    options: int
    is_anonymous: bool
    is_sealed: bool
    is_closed: bool

    @property
    def shows_tally(self) -> bool:
        return self.is_closed or not self.is_sealed


@dataclass(frozen=True)
class Vote:
    """`model` is what a persona voted with."""

    participant_id: UUID
    is_persona: bool
    choices: tuple[int, ...]
    reason: str = ""
    model: str = ""


@dataclass(frozen=True)
class Count:
    """`people` and `personas` are None where the two are not told apart."""

    total: int
    people: int | None
    personas: int | None


@dataclass(frozen=True)
class Tally:
    """`voters` is how many voted; `options` how many chose each, None while that is sealed;
    `shared_models` how many personas voted with one model, for each that several have."""

    voters: Count
    options: tuple[Count, ...] | None
    shared_models: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ShownVote:
    """`participant_id` is None in an anonymous poll."""

    participant_id: UUID | None
    choices: tuple[int, ...]
    reason: str


def tally(rules: Rules, votes: Sequence[Vote]) -> Tally:
    """The numbers that everybody may see now."""
    is_split = _is_split(rules, votes)

    def count(some: Sequence[Vote]) -> Count:
        personas = sum(vote.is_persona for vote in some)
        if not is_split:
            return Count(len(some), None, None)
        return Count(len(some), len(some) - personas, personas)

    options = None
    if rules.shows_tally:
        options = tuple(count([v for v in votes if option in v.choices]) for option in range(rules.options))
    return Tally(count(votes), options, _shared_models(rules, votes))


def shown_votes(rules: Rules, votes: Sequence[Vote]) -> list[ShownVote]:
    """Who voted what, or what was voted: in an order that tells nothing about when."""
    if not rules.shows_tally:
        return []
    if rules.is_anonymous:
        if not rules.is_closed:
            # One by one, each new line would be somebody's.
            return []
        return sorted(
            (ShownVote(None, vote.choices, vote.reason) for vote in votes),
            key=lambda shown: (shown.choices, shown.reason),
        )
    shown = [ShownVote(vote.participant_id, vote.choices, vote.reason) for vote in votes]
    return sorted(shown, key=lambda vote: (vote.choices, str(vote.participant_id)))


def _is_split(rules: Rules, votes: Sequence[Vote]) -> bool:
    if not rules.is_anonymous:
        return True
    personas = sum(vote.is_persona for vote in votes)
    return rules.is_closed and min(personas, len(votes) - personas) >= CROWD


def _shared_models(rules: Rules, votes: Sequence[Vote]) -> tuple[tuple[str, int], ...]:
    if rules.is_anonymous or not rules.shows_tally:
        return ()
    models = Counter(vote.model for vote in votes if vote.model)
    return tuple(sorted((model, voters) for model, voters in models.items() if voters > 1))
