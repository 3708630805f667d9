"""What more voices are likely to bring, counted from how often voices agreed before. Pure.

1. Agreement of two voices, and of two models, is corrected for chance by the number of choices that a
   vote had: S = (agreed - expected) / (votes - expected), where two who choose at random out of k agree
   in 1/k of the cases (Bennett, Alpert and Goldstein 1954, “Communications through limited-response
   questioning”, Public Opinion Quarterly 18). Cohen's kappa takes what is expected from how often each
   chose each category, which needs categories that mean the same from vote to vote; here every vote has
   choices of its own.
2. How many independent voices n voices are worth is n / (1 + (n - 1) r), the design effect of Kish
   (1965, “Survey Sampling”), with r the mean of their corrected agreements. Voices that differ more often
   than chance count as independent, and not as more.
3. How often a smaller group would have decided the same as all who answered, most votes deciding, is
   counted over all groups of that size, and not estimated.
4. Shares have the interval of Wilson (1927, “Probable inference”, Journal of the American Statistical
   Association 22), 95 %, which holds for small numbers; of fewer than `LEAST` votes there is no number.

Agreement is not truth: voices that agree may be wrong together, as models of one kind tend to be (Kim,
Garg, Peng and Garg 2025, “Correlated Errors in Large Language Models”, ICML), and an easy question makes
everybody agree. So nothing here says who is right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, sqrt
from uuid import UUID

# Votes below which there is no number.
LEAST = 5
# Of the normal distribution, for 95 %.
_Z = 1.96


@dataclass(frozen=True)
class Voice:
    """A persona with the model that it answers with."""

    id: UUID
    model: str
    is_scripted: bool = False


@dataclass(frozen=True)
class Ballot:
    """What a persona chose, without having heard the others, and by which model. `barred` is what it could
    not choose, which is its own, if there is such a thing."""

    voice: UUID
    model: str
    choice: str
    barred: str = ""


@dataclass(frozen=True)
class Vote:
    """Each voice once. `chance` is how likely two who choose at random choose the same; 1 where they could
    not have differed."""

    ballots: tuple[Ballot, ...]
    chance: float

    def compares(self, one: Ballot, other: Ballot) -> bool:
        """Whether the two could have chosen the same, and something else."""
        return self.chance < 1 and one.choice != other.barred and other.choice != one.barred


@dataclass(frozen=True)
class Range:
    """A number with its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Agreement:
    """In how many votes two voices, or voices of two models, could be compared, in how many they agreed,
    and would have by chance. Where several of a model voted, each vote counts once, with their mean."""

    votes: int = 0
    agreed: float = 0.0
    expected: float = 0.0

    def with_vote(self, agreed: float, chance: float) -> Agreement:
        return Agreement(self.votes + 1, self.agreed + agreed, self.expected + chance)

    @property
    def share(self) -> Range | None:
        return wilson(self.agreed, self.votes) if self.votes >= LEAST else None

    @property
    def beyond_chance(self) -> Range | None:
        """1: always the same; 0: as often as by chance; below: less often."""
        share = self.share
        if share is None:
            return None
        chance = self.expected / self.votes
        return Range(*((one - chance) / (1 - chance) for one in (share.value, share.low, share.high)))


@dataclass(frozen=True)
class Pair:
    """Two voices of the cast. `known` is what is gone by: their own votes, or those of their models where
    these are too few; None where both are."""

    one: Voice
    other: Voice
    own: Agreement
    known: Agreement | None

    @property
    def is_same_model(self) -> bool:
        return self.one.model == self.other.model


@dataclass(frozen=True)
class ModelPair:
    """Voices of two models, or different voices of one."""

    one: str
    other: str
    agreement: Agreement


@dataclass(frozen=True)
class Size:
    """Of `votes` that more than `size` voices answered and that came to a decision, in how many (`same`,
    on the average over all groups of that size) such a group would have decided the same."""

    size: int
    votes: int
    same: float
    share: Range


@dataclass(frozen=True)
class Advice:
    """`votes` is how many could be compared. `worth` is how many independent voices the cast comes to,
    `one_more` with another voice like these; None where that is not known."""

    votes: int
    worth: Range | None = None
    one_more: float | None = None
    pairs: tuple[Pair, ...] = ()
    models: tuple[ModelPair, ...] = ()
    sizes: tuple[Size, ...] = ()


def chance_among(choices: int) -> float:
    """Of two who choose at random out of so many; out of one nobody chooses, so that it counts as two."""
    return 1 / max(2, choices)


def chance_without_own(answers: int) -> float:
    """The same where each chooses among the others' answers, of two who chose what both could."""
    return 1 / max(1, answers - 2)


def wilson(agreed: float, votes: int) -> Range:
    """The share of `votes`, more than none, with its interval."""
    share, square = agreed / votes, _Z * _Z
    middle = (share + square / (2 * votes)) / (1 + square / votes)
    half = _Z * sqrt(share * (1 - share) / votes + square / (4 * votes * votes)) / (1 + square / votes)
    return Range(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def effective(voices: int, correlation: float) -> float:
    """How many independent voices so many come to, of which each two have this correlation (0 to 1)."""
    return voices / (1 + (voices - 1) * correlation)


def advise(cast: Sequence[Voice], votes: Sequence[Vote]) -> Advice:
    """What these votes say of this cast. The order of neither matters for a number."""
    compared = [vote for vote in votes if len(vote.ballots) > 1]
    models = _models(compared)
    pairs = tuple(_pair(one, other, compared, models) for one, other in combinations(cast, 2))
    correlation = _correlation(pairs)
    count = len(cast)
    return Advice(
        votes=len(compared),
        worth=_worth(count, correlation),
        one_more=None if correlation is None else effective(count + 1, correlation.value),
        pairs=pairs,
        models=tuple(ModelPair(one, other, models[one, other]) for one, other in sorted(models)),
        sizes=_sizes(compared),
    )


def _models(votes: Sequence[Vote]) -> dict[tuple[str, str], Agreement]:
    found: dict[tuple[str, str], Agreement] = defaultdict(Agreement)
    for vote in votes:
        agreed: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for one, other in combinations(vote.ballots, 2):
            if vote.compares(one, other):
                first, second = sorted((one.model, other.model))
                agreed[first, second].append(one.choice == other.choice)
        for key, answers in agreed.items():
            found[key] = found[key].with_vote(sum(answers) / len(answers), vote.chance)
    return dict(found)


def _pair(one: Voice, other: Voice, votes: Sequence[Vote], models: dict[tuple[str, str], Agreement]) -> Pair:
    own = Agreement()
    for vote in votes:
        # A persona with another model is another voice.
        by_voice = {(ballot.voice, ballot.model): ballot for ballot in vote.ballots}
        first, second = by_voice.get((one.id, one.model)), by_voice.get((other.id, other.model))
        if first is not None and second is not None and vote.compares(first, second):
            own = own.with_vote(float(first.choice == second.choice), vote.chance)
    low, high = sorted((one.model, other.model))
    of_models = models.get((low, high), Agreement())
    known = next((found for found in (own, of_models) if found.votes >= LEAST), None)
    return Pair(one, other, own, known)


def _correlation(pairs: Sequence[Pair]) -> Range | None:
    """The mean over all pairs, None where one of them is not known."""
    found = [pair.known.beyond_chance for pair in pairs if pair.known is not None]
    known = [one for one in found if one is not None]
    if not known or len(known) < len(pairs):
        return None
    return Range(
        *(
            sum(max(0.0, number) for number in numbers) / len(known)
            for numbers in zip(*((one.value, one.low, one.high) for one in known), strict=True)
        )
    )


def _worth(voices: int, correlation: Range | None) -> Range | None:
    if correlation is None:
        return None
    # The more they have in common, the less they are worth.
    return Range(*(effective(voices, one) for one in (correlation.value, correlation.high, correlation.low)))


def _sizes(votes: Sequence[Vote]) -> tuple[Size, ...]:
    shares: dict[int, list[float]] = defaultdict(list)
    for vote in votes:
        counts = Counter(ballot.choice for ballot in vote.ballots)
        for size in range(1, len(vote.ballots)):
            share = same_decision(sorted(counts.values(), reverse=True), size)
            if share is not None:
                shares[size].append(share)
    return tuple(
        Size(size, len(found), sum(found), wilson(sum(found), len(found)))
        for size, found in sorted(shares.items())
        if len(found) >= LEAST
    )


def same_decision(counts: Sequence[int], size: int) -> float | None:
    """The share of all groups of `size` in which most choose what most of all chose, where `counts` says
    how many chose each, the most first; None where all came to no decision.

    Counted without making the groups: for each number of voices for the winner, the ways in which the
    rest of the group can be filled while every other choice has fewer.
    """
    first, *others = counts
    if others and others[0] == first:
        return None
    same = 0
    for for_winner in range(1, min(first, size) + 1):
        ways = [1] + [0] * (size - for_winner)
        for count in others:
            most = min(count, for_winner - 1)
            ways = [
                sum(ways[filled - taken] * comb(count, taken) for taken in range(min(most, filled) + 1))
                for filled in range(len(ways))
            ]
        same += comb(first, for_winner) * ways[-1]
    return same / comb(sum(counts), size)
