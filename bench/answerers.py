"""Simulated answerers, and what theory says of their votes. Seeded; no model, no database.

A question has `options` answers, of which the first is right. Each answerer is right with `accuracy`, and
else chooses among the wrong ones by chance. With `correlation` all of them draw together, as models of one
family fail alike. What they do when they are shown what others said is theirs as well:

- `conformity`: in the open, how likely an answerer says what most before it said, whatever it thinks;
- `correction`: shown reasons without names, how likely a wrong one takes up the right answer where it is
  among them; `misled`: how likely a right one takes up a wrong one.

`colluders` always say the same wrong answer and never change.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import factorial, prod


@dataclass(frozen=True)
class Team:
    size: int
    accuracy: float
    options: int = 4
    correlation: float = 0.0
    conformity: float = 0.0
    correction: float = 0.0
    misled: float = 0.0
    colluders: int = 0

    def draw(self, chance: random.Random) -> list[int]:
        """What each thinks on its own; 0 is right."""
        if chance.random() < self.correlation:
            drawn = [self._one(chance)] * self.size
        else:
            drawn = [self._one(chance) for _ in range(self.size)]
        for number in range(self.colluders):
            drawn[number] = 1
        return drawn

    def _one(self, chance: random.Random) -> int:
        if chance.random() < self.accuracy:
            return 0
        return chance.randrange(1, self.options)

    def in_the_open(self, number: int, thought: int, before: Sequence[int], chance: random.Random) -> int:
        """What the answerer says that hears those before it."""
        if number < self.colluders or not before or chance.random() >= self.conformity:
            return thought
        counts = Counter(before).most_common(2)
        return thought if len(counts) > 1 and counts[0][1] == counts[1][1] else counts[0][0]

    def reconsidered(self, number: int, held: int, others: Sequence[int], chance: random.Random) -> int:
        """What it chooses when it has read the others' reasons without their names."""
        if number < self.colluders or not others:
            return held
        if held != 0 and 0 in others and chance.random() < self.correction:
            return 0
        wrong = [other for other in others if other != 0]
        if held == 0 and wrong and chance.random() < self.misled:
            return chance.choice(wrong)
        return held


def exact(team: Team) -> float:
    """How likely the right answer has more votes than every other, where all vote on their own: the sum over
    all counts of votes (a multinomial), and with correlation the mixture of that with one vote for all.
    """
    alone = _plurality(team.size, team.accuracy, team.options)
    return team.correlation * team.accuracy + (1 - team.correlation) * alone


def _plurality(size: int, accuracy: float, options: int) -> float:
    wrong = (1 - accuracy) / (options - 1)
    total = 0.0
    for right in range(size + 1):
        # How the other votes are spread over the wrong answers.
        for spread in combinations_with_replacement(range(options - 1), size - right):
            counts = [spread.count(option) for option in range(options - 1)]
            if max(counts, default=0) >= right:
                continue
            ways = factorial(size) / (factorial(right) * prod(map(factorial, counts)))
            total += ways * accuracy**right * wrong ** (size - right)
    return total
