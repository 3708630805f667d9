"""What do modes gain and lose, with simulated answerers of known accuracy?

    python -m bench.deliberation --trials 20000 --json FILE

The strategies are the real ones (llm/orchestration/modes), asked decision by decision; only what turns hand
in is simulated (bench/answerers.py). Four questions:

1. Does the vote count what it should? Accuracy of a sealed vote against exact theory: |z| < 4.
2. What do open rounds lose? The same answerers in the open, where they conform, beside the sealed vote.
3. What does the quorum save? Calls and accuracy of a consensus with and without it: at least 30 % of the
   calls within one point.
4. What do two that collude cost?

Another orchestrator is plugged in as a function of a team and a chance (see `Orchestrator`).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.answerers import Team, exact
from llm.orchestration import asking
from llm.orchestration.modes import consensus, round_robin
from llm.orchestration.values import (
    Answer,
    Finish,
    History,
    Member,
    Mode,
    Setup,
    Speak,
    SpeakTogether,
    Speech,
    Taken,
    Wait,
)

Z_MOST = 4.0
SAVED_LEAST = 0.30
POINTS_MOST = 1.0


@dataclass(frozen=True)
class Played:
    """What one trial came to: the answer that was decided (0 is right, None: no decision), and how many
    calls to a model it took."""

    decided: int | None
    calls: int


Orchestrator = Callable[[Team, random.Random], Played]


def sealed_vote(team: Team, chance: random.Random) -> Played:
    """Everybody answers sealed, then votes for the same; the most votes decide."""
    return _consensus(team, chance, rounds=0, quorum=2 / 3)


def deliberated(team: Team, chance: random.Random) -> Played:
    """A consensus as it is: a quorum ends it, else two critiques at the most and a vote."""
    return _consensus(team, chance, rounds=2, quorum=2 / 3)


def without_quorum(team: Team, chance: random.Random) -> Played:
    """The same, to its end in any case."""
    return _consensus(team, chance, rounds=2, quorum=2.0)


def open_rounds(team: Team, chance: random.Random) -> Played:
    """Everybody in turn, each hearing those before it; what most of them say last is the answer."""
    thought = team.draw(chance)

    def script(history: History, speech: Speech) -> Answer:
        before = [int(turn.text) for turn in history.taken[-(team.size - 1) :]]
        number = _number(speech.member)
        return Answer(choice=str(team.in_the_open(number, thought[number], before, chance)))

    history = _play(round_robin.MODE, _setup(team, rounds=2), script)
    counts = Counter(int(turn.text) for turn in history.taken[-team.size :]).most_common(2)
    is_tie = len(counts) > 1 and counts[0][1] == counts[1][1]
    return Played(None if is_tie else counts[0][0], len(history.taken))


def _consensus(team: Team, chance: random.Random, *, rounds: int, quorum: float) -> Played:
    held = team.draw(chance)

    def script(history: History, speech: Speech) -> Answer:
        number = _number(speech.member)
        if speech.phase == consensus.CRITIQUE:
            # Those of the round before: this one's are sealed.
            others = [choice for other, choice in enumerate(shown) if other != number]
            held[number] = team.reconsidered(number, held[number], others, chance)
        choice = str(held[number])
        left = speech.ask.choices if speech.ask else ()
        return Answer(choice=choice if choice in left or not left else left[0])

    shown: list[int] = []

    def begin() -> None:
        shown[:] = held

    setup = _setup(team, rounds=rounds, quorum=quorum)
    history = _play(consensus.MODE, setup, script, begin)
    outcome = consensus.MODE.outcome(history)
    first = asking.leading(outcome.after) if outcome is not None else None
    return Played(None if first is None else int(first.choice), len(history.taken))


def _play(
    mode: Mode,
    setup: Setup,
    script: Callable[[History, Speech], Answer],
    begin: Callable[[], None] = lambda: None,
) -> History:
    """The real strategy, until it finishes. `begin` is called before those who speak together do."""
    history = History(setup, tuple(Member(id_, str(id_)) for id_ in setup.cast))
    while True:
        decision = mode.decide(history)
        if isinstance(decision, Finish):
            return history
        assert isinstance(decision, Speak | SpeakTogether), "nobody is there to be asked"
        assert not isinstance(decision, Wait)
        begin()
        speeches = decision.speeches if isinstance(decision, SpeakTogether) else (decision.speech,)
        taken: list[Taken] = []
        for number, speech in enumerate(speeches, len(history.taken) + 1):
            answer = script(history, speech)
            taken.append(
                Taken(
                    number,
                    speech.member,
                    speech.part,
                    speech.phase,
                    speech.round,
                    ask=speech.ask,
                    answer=answer,
                    text=answer.choice,
                )
            )
        history = replace(history, taken=(*history.taken, *taken))


def _setup(team: Team, *, rounds: int, quorum: float = 2 / 3) -> Setup:
    cast = tuple(UUID(int=number + 1) for number in range(team.size))
    return Setup("Which?", cast, rounds=rounds, quorum=quorum, seed="bench")


def _number(member: UUID) -> int:
    return member.int - 1


@dataclass(frozen=True)
class Measured:
    accuracy: float
    undecided: float
    calls: float


def measure(orchestrator: Orchestrator, team: Team, trials: int, seed: int) -> Measured:
    chance = random.Random(seed)
    played = [orchestrator(team, chance) for _ in range(trials)]
    return Measured(
        sum(one.decided == 0 for one in played) / trials,
        sum(one.decided is None for one in played) / trials,
        sum(one.calls for one in played) / trials,
    )


THEORY: tuple[Team, ...] = (
    Team(3, 0.6),
    Team(3, 0.75, options=2),
    Team(5, 0.6),
    Team(5, 0.45, options=6),
    Team(7, 0.7),
    Team(5, 0.6, correlation=0.3),
    Team(7, 0.55, correlation=0.6),
)


def check_theory(trials: int, seed: int) -> list[dict[str, Any]]:
    rows = []
    for team in THEORY:
        wanted = exact(team)
        found = measure(sealed_vote, team, trials, seed)
        z = (found.accuracy - wanted) / sqrt(wanted * (1 - wanted) / trials)
        rows.append({"team": vars(team), "exact": wanted, "found": found.accuracy, "z": z})
    return rows


def compare_open(trials: int, seed: int) -> list[dict[str, Any]]:
    rows = []
    for conformity in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        team = Team(5, 0.6, conformity=conformity)
        sealed, opened = (measure(o, team, trials, seed) for o in (sealed_vote, open_rounds))
        rows.append({"conformity": conformity, "sealed": sealed.accuracy, "open": opened.accuracy})
    return rows


def compare_quorum(trials: int, seed: int) -> dict[str, Any]:
    team = Team(5, 0.65, correction=0.3, misled=0.1)
    stopped, whole = (measure(o, team, trials, seed) for o in (deliberated, without_quorum))
    alone = measure(sealed_vote, team, trials, seed)
    return {
        "single": team.accuracy,
        "vote": alone.accuracy,
        "with_quorum": vars(stopped),
        "without": vars(whole),
        "saved": 1 - stopped.calls / whole.calls,
        "points": 100 * (whole.accuracy - stopped.accuracy),
    }


def compare_collusion(trials: int, seed: int) -> list[dict[str, Any]]:
    rows = []
    for colluders in (0, 2):
        team = Team(7, 0.65, correction=0.3, misled=0.1, colluders=colluders)
        rows.append(
            {
                "colluders": colluders,
                **{o.__name__: measure(o, team, trials, seed).accuracy for o in (sealed_vote, deliberated)},
            }
        )
    return rows


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--trials", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    # A difference of a point is seen in a quarter of what exact theory is held against.
    fewer = max(1, asked.trials // 4)
    results: dict[str, Any] = {
        "theory": check_theory(asked.trials, asked.seed),
        "open": compare_open(fewer, asked.seed),
        "quorum": compare_quorum(fewer, asked.seed),
        "collusion": compare_collusion(fewer, asked.seed),
    }
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1))
    _print(results)
    sys.exit(0 if is_met(results) else 1)


def is_met(results: dict[str, Any]) -> bool:
    quorum = results["quorum"]
    return (
        all(abs(row["z"]) < Z_MOST for row in results["theory"])
        and quorum["saved"] >= SAVED_LEAST
        and quorum["points"] <= POINTS_MOST
    )


def _print(results: dict[str, Any]) -> None:
    rows: Sequence[dict[str, Any]] = results["theory"]
    print("| answerers | each right | options | correlation | exact | found | z |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        team = row["team"]
        print(
            f"| {team['size']} | {team['accuracy']} | {team['options']} | {team['correlation']} |"
            f" {row['exact']:.4f} | {row['found']:.4f} | {row['z']:+.2f} |"
        )
    print("\n| conformity | sealed | open |\n| --- | --- | --- |")
    for row in results["open"]:
        print(f"| {row['conformity']} | {row['sealed']:.4f} | {row['open']:.4f} |")
    quorum = results["quorum"]
    print(
        f"\nOne alone {quorum['single']:.3f}, a vote {quorum['vote']:.3f}. To the end:"
        f" {quorum['without']['accuracy']:.4f} with {quorum['without']['calls']:.1f} calls; with a quorum"
        f" {quorum['with_quorum']['accuracy']:.4f} with {quorum['with_quorum']['calls']:.1f}:"
        f" {quorum['saved']:.0%} saved for {quorum['points']:.2f} points (at least {SAVED_LEAST:.0%}, at most"
        f" {POINTS_MOST:g})."
    )
    for row in results["collusion"]:
        vote, whole = row["sealed_vote"], row["deliberated"]
        print(f"{row['colluders']} collude of 7: vote {vote:.4f}, consensus {whole:.4f}.")


if __name__ == "__main__":
    main()
