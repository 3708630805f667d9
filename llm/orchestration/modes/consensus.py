"""Everybody answers on their own, criticises the others' answers without names, and votes again. Pure.

1. `answers`: all at the same time and sealed, each with a choice, how sure they are, and why.
2. Where a quorum agrees already, it is over: that is what most voting gains, for the least.
3. `critique`, two rounds at the most: all at the same time and sealed. Each is shown the others'
   answers without their names, in an order of its own, says what is wrong with them, and hands in its
   choice anew. After each round a quorum ends it. Only then everything is shown, with names, so that
   nobody follows a person instead of a reason.
4. `vote`: one sealed ballot among what was chosen last. The most votes decide, also without a quorum;
   a tie is no decision.

Who changed their mind, and what the others hold, is in the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from llm.orchestration import asking, briefs
from llm.orchestration.values import (
    Ask,
    Count,
    Decision,
    Finish,
    History,
    Mode,
    Outcome,
    Part,
    Setup,
    SpeakTogether,
    Speech,
    Taken,
)

ANSWERS, CRITIQUE, VOTE = "answers", "critique", "vote"
CRITIQUES_MOST = 2

CRITIQUE_TASK = "Say what is wrong with the other answers and what is right, and choose anew."
VOTE_TASK = "Choose one of the answers that are left."


def decide(history: History) -> Decision:
    setup = history.setup
    if to_ask := asking.outstanding(history, ANSWERS, 1, history.cast):
        return _ask(to_ask, "answer", ANSWERS, 1, briefs.ANSWER_TASK, setup.choices)
    agreed = _agreed(history, ANSWERS, 1)
    if agreed is not None:
        return agreed
    for number in range(1, _critiques(setup) + 1):
        if len(asking.handed_in(history, *_last_before(number))) < 2:
            break  # with one answer there is nothing to criticise
        if to_ask := asking.outstanding(history, CRITIQUE, number, history.cast):
            return _ask(to_ask, "critique", CRITIQUE, number, CRITIQUE_TASK, setup.choices)
        agreed = _agreed(history, CRITIQUE, number)
        if agreed is not None:
            return agreed
    return _vote(history)


def _vote(history: History) -> Decision:
    if not history.of(VOTE):
        left = _left(history)
        if not left:
            return Finish("finished", "Nobody has handed in an answer.")
        if len(left) == 1:
            return Finish("finished", "Only one answer was handed in.")
        opens = (ANSWERS, CRITIQUE)
        return _ask(history.cast, "vote", VOTE, 1, VOTE_TASK, left, opens)
    if to_ask := asking.outstanding(history, VOTE, 1, history.cast):
        return _ask(to_ask, "vote", VOTE, 1, VOTE_TASK, _left(history))
    agreed = _agreed(history, VOTE, 1)
    if agreed is not None:
        return agreed
    first = asking.leading(asking.counts(asking.handed_in(history, VOTE, 1)))
    if first is None:
        return Finish("finished", "The vote is split.")
    return Finish("finished", f"Most are for “{first.choice}”, without a quorum.")


def _ask(
    members: Sequence[UUID],
    part: Part,
    phase: str,
    number: int,
    task: str,
    choices: Sequence[str],
    opens: tuple[str, ...] = (),
) -> SpeakTogether:
    ask = Ask("ballot", tuple(choices))
    return SpeakTogether(
        tuple(Speech(id_, part, phase, task, number, is_sealed=True, ask=ask) for id_ in members), opens
    )


def _critiques(setup: Setup) -> int:
    return min(CRITIQUES_MOST, setup.rounds)


def _last_before(number: int) -> tuple[str, int]:
    """Whose answers a critique is about: those of the round before."""
    return (ANSWERS, 1) if number == 1 else (CRITIQUE, number - 1)


def _agreed(history: History, phase: str, number: int) -> Finish | None:
    tally = asking.counts(asking.handed_in(history, phase, number))
    if not asking.has_quorum(tally, len(history.cast), history.setup.quorum):
        return None
    return Finish(
        "consensus", f"{len(tally[0].members)} of {len(history.cast)} agree on “{tally[0].choice}”."
    )


def _left(history: History) -> tuple[str, ...]:
    """What was chosen in the last round, the most chosen first."""
    return tuple(count.choice for count in asking.counts(_newest(history)))


def _newest(history: History) -> Mapping[UUID, Taken]:
    """Everybody's last answer before the vote."""
    newest = dict(asking.handed_in(history, ANSWERS, 1))
    for number in range(1, _critiques(history.setup) + 1):
        newest |= asking.handed_in(history, CRITIQUE, number)
    return newest


def outcome(history: History) -> Outcome | None:
    before = asking.handed_in(history, ANSWERS, 1)
    if not before and not history.of(CRITIQUE):
        return None
    after = asking.handed_in(history, VOTE, 1) or _newest(history)
    tally = asking.counts(after)
    first: Count | None = asking.leading(tally)
    is_decided = first is not None and (
        asking.has_quorum(tally, len(history.cast), history.setup.quorum)
        or not asking.outstanding(history, VOTE, 1, history.cast)
    )
    decision = first.choice if first is not None else "Split: no answer has more votes than the others."
    return Outcome(
        decision=decision,
        is_decided=is_decided,
        numbers=tuple(turn.number for id_, turn in after.items() if first and id_ in first.members),
        before=asking.counts(before),
        after=tally,
        changed=asking.changes(before, after),
        minority=asking.minority(after, first.choice) if first is not None else (),
    )


def brief(history: History, turn: Taken) -> str:
    voters = len(history.cast)
    if turn.phase == ANSWERS:
        return f"{voters} answer the same question, each on their own."
    if turn.phase == VOTE:
        return "This is the last vote; the most votes decide."
    before = asking.handed_in(history, *_last_before(turn.round))
    own = before.pop(turn.member, None)
    # An order for each, and another in each round: nobody can be told by their place.
    seed = f"{history.setup.seed}{turn.round}{turn.member}"
    letters = briefs.labels(before, seed)
    shown = briefs.in_full([(f"Answer {letter}", before[id_]) for letter, id_ in letters.items()])
    mine = f"\n\n{briefs.shown('Your own answer', briefs.said(own))}" if own is not None else ""
    return (
        f"Round {turn.round} of {_critiques(history.setup)} at the most. The other answers, without names:"
        f"\n\n{shown}{mine}\n\nChange your choice where a reason convinces you, and keep it where none does."
        " How many are for something is no reason."
    )


def expected(setup: Setup) -> Sequence[UUID]:
    # One round of critique is what it takes as a rule.
    return [id_ for _ in range(2 if setup.rounds else 1) for id_ in setup.cast]


MODE = Mode(
    "consensus",
    "Consensus",
    "Everybody answers on their own, criticises the other answers without names, and votes. Shows who changed"
    " their mind and what the minority holds.",
    decide,
    outcome,
    brief,
    expected,
    rounds=CRITIQUES_MOST,
    takes_choices=True,
    takes_people=True,
    phases=(ANSWERS, CRITIQUE, VOTE),
)
