"""Stop conditions. The numbers are those of docs/orchestration.md."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.orchestration import conditions as c
from llm.orchestration.values import Answer, Ask, History, Said, Taken, TakenState
from llm.tests.mode_runs import ADA, BO, CY, history, setup

SIMPLE: list[c.Condition] = [
    c.Time(60),
    c.Turns(3),
    c.Messages(2),
    c.Rounds(2),
    c.Cost(0.5),
    c.Tokens(100),
    c.Consensus(0.6),
    c.AllPassed(),
    c.Stall(3),
    c.Repetition(2),
    c.Errors(2),
    c.Human(),
]
CONDITIONS = st.recursive(
    st.sampled_from(SIMPLE),
    lambda parts: st.builds(lambda a, b, both: a & b if both else a | b, parts, parts, st.booleans()),
    max_leaves=6,
)


def after(*turns: Taken, **values: Any) -> History:
    known = history(setup())
    return History(known.setup, known.members, turns, **values)


def turn(number: int = 1, member: Any = ADA, state: TakenState = "done", **values: Any) -> Taken:
    return Taken(number, member, "speaker", "rounds", state=state, **values)


def ballot(number: int, member: Any, choice: str) -> Taken:
    return turn(number, member, ask=Ask("ballot"), answer=Answer(choice))


LONG = "We should begin with the door, since everybody has to come through it every single day."

MET = [
    (c.Time(60), after(seconds=60)),
    (c.Turns(2), after(turn(1), turn(2, BO, "failed"))),
    (c.Messages(1), after(turn(text="Yes."))),
    (c.Rounds(1), after(turn(1), turn(2, BO), turn(3, CY))),
    (c.Cost(0.5), after(turn(usd=0.3), turn(2, usd=0.2))),
    (c.Tokens(100), after(turn(tokens=100))),
    (c.Consensus(0.6), after(ballot(1, ADA, "Friday"), ballot(2, BO, "friday!"), ballot(3, CY, "Monday"))),
    (c.AllPassed(), after(*(turn(n, m, "passed") for n, m in enumerate((ADA, BO, CY), 1)))),
    (c.Stall(2), after(turn(1, text="Yes."), turn(2, BO), turn(3, CY, "passed", round=2), turn(4, round=3))),
    (c.Repetition(2), after(*(turn(n, m, text=LONG) for n, m in enumerate((ADA, BO, CY), 1)))),
    (c.Errors(2), after(turn(1, state="failed", round=1), turn(2, BO, "blocked", round=2))),
    (c.Human(), after(said=(Said(0, "Bob", "Stop it."),))),
]
NOT_MET = [
    (c.Time(60), after(seconds=59.9)),
    (c.Turns(2), after(turn(1))),
    (c.Messages(2), after(turn(text="Yes."), turn(2, text=" "))),
    (c.Rounds(1), after(turn(1), turn(2, BO))),
    (c.Cost(0.5), after(turn(usd=0.4))),
    (c.Tokens(100), after(turn(tokens=99))),
    (c.Consensus(0.7), after(ballot(1, ADA, "Friday"), ballot(2, BO, "Friday"), ballot(3, CY, "Monday"))),
    (c.Consensus(0.6), after(ballot(1, ADA, "Friday"), ballot(2, BO, "Friday"))),
    (c.AllPassed(), after(turn(1, ADA, "passed"), turn(2, BO, "passed"), turn(3, CY, text="But."))),
    (c.Stall(2), after(turn(1, text="Yes."), turn(2, BO, round=2))),
    (c.Repetition(2), after(turn(1, text=LONG), turn(2, BO, text=LONG), turn(3, CY, text="No, the roof."))),
    (c.Errors(2), after(turn(1, state="failed"), turn(2, BO, text="Yes."), turn(3, CY, "failed"))),
    (c.Human(), after()),
]


def _ids(cases: list[tuple[c.Condition, History]]) -> list[str]:
    return [f"{number}-{condition.kind}" for number, (condition, _) in enumerate(cases)]


@pytest.mark.parametrize(("condition", "known"), MET, ids=_ids(MET))
def test_a_condition_is_met_and_says_why(condition: c.Condition, known: History) -> None:
    """50"""
    met = condition.met(known)
    assert met is not None
    assert met.reason == condition.kind
    assert met.message.endswith(".")


@pytest.mark.parametrize(("condition", "known"), NOT_MET, ids=_ids(NOT_MET))
def test_a_condition_is_not_met_too_early(condition: c.Condition, known: History) -> None:
    """51"""
    assert condition.met(known) is None


def test_every_kind_is_tried() -> None:
    assert {condition.kind for condition, _ in MET} == set(c.KINDS)


def test_of_several_at_the_same_time_a_few_failures_are_no_end() -> None:
    """52"""
    states: list[TakenState] = ["done", "failed", "failed"]
    known = after(*(turn(n, m, s) for (n, m), s in zip(enumerate((ADA, BO, CY), 1), states, strict=True)))
    assert c.Errors(2).met(known) is None


@given(one=CONDITIONS, other=CONDITIONS, seconds=st.floats(0, 120), passes=st.integers(0, 4))
def test_or_and_and_mean_what_they_say(
    one: c.Condition, other: c.Condition, seconds: float, passes: int
) -> None:
    """53"""
    turns = [turn(n, (ADA, BO, CY)[n % 3], "passed", usd=0.2, tokens=40) for n in range(1, passes + 1)]
    known = after(*turns, seconds=seconds)
    both, either = one.met(known) and other.met(known), one.met(known) or other.met(known)
    assert bool((one & other).met(known)) == bool(both)
    assert (one | other).met(known) == either


@given(CONDITIONS)
def test_what_is_kept_is_read_back(condition: c.Condition) -> None:
    """54"""
    assert c.from_data(c.to_data(condition)) == condition


BAD: list[Any] = [
    None,
    {},
    {"kind": "no such"},
    {"kind": "time"},
    {"kind": "time", "seconds": "60"},
    {"kind": "time", "seconds": 0},
    {"kind": "time", "seconds": True},
    {"kind": "turns", "turns": 2.5},
    {"kind": "human", "more": 1},
    {"any": []},
    {"any": [{"kind": "human"}], "all": []},
    {"any": {"kind": "human"}},
    {"all": [{"all": [{"all": [{"all": [{"all": [{"all": [{"all": [{"all": [{"kind": "human"}]}]}]}]}]}]}]}]},
]


@pytest.mark.parametrize("data", BAD, ids=[str(number) for number in range(len(BAD))])
def test_what_is_no_condition_is_refused_with_a_sentence(data: Any) -> None:
    """55"""
    with pytest.raises(c.BadCondition, match=r"\.$"):
        c.from_data(data)


def test_a_loop_is_found_within_two_rounds() -> None:
    """56: three who say the same again and again, each its own."""
    texts = {ADA: LONG, BO: LONG.replace("door", "roof"), CY: LONG.replace("door", "wall")}
    turns = [turn(n, m, text=texts[m], round=1 + (n - 1) // 3) for n, m in enumerate((ADA, BO, CY) * 3, 1)]
    found = [n for n in range(1, 10) if c.Repetition(4).met(after(*turns[:n]))]
    assert found[0] <= 3 + 6
