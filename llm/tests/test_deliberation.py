"""The bench of deliberation, in small: the vote counts what theory says, and a quorum saves calls."""

from __future__ import annotations

import random

import pytest

from bench.answerers import Team, exact
from bench.deliberation import (
    POINTS_MOST,
    SAVED_LEAST,
    Z_MOST,
    check_theory,
    compare_quorum,
    measure,
    open_rounds,
    sealed_vote,
)


def test_exact_theory_is_what_is_known() -> None:
    assert exact(Team(1, 0.7)) == pytest.approx(0.7)
    # Three who choose of two: p³ + 3p²(1-p).
    assert exact(Team(3, 0.75, options=2)) == pytest.approx(0.75**3 + 3 * 0.75**2 * 0.25)
    assert exact(Team(5, 0.6, correlation=1.0)) == pytest.approx(0.6)


def test_the_vote_counts_what_theory_says() -> None:
    assert all(abs(row["z"]) < Z_MOST for row in check_theory(400, seed=3))


def test_a_quorum_saves_calls_and_costs_nearly_nothing() -> None:
    found = compare_quorum(400, seed=3)
    assert found["saved"] >= SAVED_LEAST
    assert found["points"] <= POINTS_MOST + 2  # of so few trials


def test_who_conforms_wholly_in_the_open_is_one_voice() -> None:
    team = Team(5, 0.6, conformity=1.0)
    assert measure(open_rounds, team, 400, 3).accuracy < measure(sealed_vote, team, 400, 3).accuracy
    assert open_rounds(team, random.Random(1)).calls == 10
