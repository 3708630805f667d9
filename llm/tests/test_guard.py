"""Counts of a chain, as a pure decision. The numbered cases are those of docs/budgets.md."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.guard import Call, Limits, Reserved, decide

PERSON, ADA, BO, CY = (UUID(int=number) for number in range(4))
WIDE = Limits(depth=99, turns=99, persona=99, pair=99, fanout=99)


def call(persona: UUID, by: UUID = PERSON, *, trigger: int = 100, depth: int = 0) -> Call:
    return Call(persona, by, UUID(int=trigger), depth, is_handover=by != PERSON)


def codes(limits: Limits, reserved: list[Reserved], *calls: Call) -> list[str | None]:
    return [refusal.code if refusal else None for refusal in decide(limits, reserved, calls)]


def spoken(*calls: Call) -> list[Reserved]:
    return [Reserved(one) for one in calls]


@pytest.mark.parametrize(
    ("depth", "turns_used", "code"),
    [(0, 0, None), (4, 19, None), (5, 0, "depth_limit"), (0, 20, "turn_limit"), (5, 20, "depth_limit")],
)
def test_a_chain_has_depth_four_and_twenty_turns(depth: int, turns_used: int, code: str | None) -> None:
    limits = Limits(depth=4, turns=20, persona=99, pair=99, fanout=99)
    past = spoken(*(call(BO, trigger=number) for number in range(turns_used)))
    [refusal] = decide(limits, past, [call(ADA, depth=depth)])
    assert (refusal.code if refusal else None) == code
    if refusal:
        assert "a person has to say something first" in refusal.message


def test_one_persona_answers_so_many_times() -> None:
    limits = Limits(depth=99, turns=99, persona=2, pair=99, fanout=99)
    past = spoken(call(ADA), call(ADA, BO, trigger=101))
    assert codes(limits, past, call(ADA, CY, trigger=102), call(BO, CY, trigger=102)) == [
        "persona_limit",
        None,
    ]


def test_two_personas_hand_over_to_each_other_so_many_times_in_either_direction() -> None:
    limits = Limits(depth=99, turns=99, persona=99, pair=2, fanout=99)
    past = spoken(call(BO, ADA, trigger=1), call(ADA, BO, trigger=2))
    asked = (
        call(BO, ADA, trigger=3),
        call(ADA, BO, trigger=4),
        call(CY, ADA, trigger=3),
        call(ADA, trigger=5),
    )
    assert codes(limits, past, *asked) == ["pair_limit", "pair_limit", None, None]


def test_one_message_wakes_so_many() -> None:
    limits = Limits(depth=99, turns=99, persona=99, pair=99, fanout=2)
    assert codes(limits, [], call(ADA), call(BO), call(CY)) == [None, None, "fanout_limit"]


def test_a_persona_that_waits_already_is_not_called_again_by_another() -> None:
    waiting = [Reserved(call(BO), is_waiting=True)]
    assert codes(WIDE, waiting, call(BO, ADA, trigger=1)) == ["already_queued"]
    assert codes(WIDE, waiting, call(BO, trigger=2)) == [None], "a person's own call is none of these"
    assert codes(WIDE, spoken(call(BO)), call(BO, ADA, trigger=1)) == [None], "it has begun"


def test_a_persona_can_not_call_itself() -> None:
    assert codes(WIDE, [], call(ADA, ADA)) == ["self_mention"]


def test_a_grant_raises_every_limit() -> None:
    limits = Limits(depth=1, turns=1, persona=1, pair=1, fanout=1)
    past = spoken(call(ADA))
    assert codes(limits, past, call(ADA)) == ["turn_limit"]
    assert codes(limits.raised(5), past, *[call(ADA)] * 6) == [None] * 5 + ["turn_limit"]


small = st.integers(1, 4)
limits_ = st.builds(Limits, small, st.integers(1, 12), small, small, small)
personas = st.integers(1, 4).map(lambda number: UUID(int=number))


@given(
    limits_, st.lists(st.tuples(st.integers(0, 20), st.lists(personas, max_size=5, unique=True)), max_size=20)
)
def test_no_graph_of_mentions_passes_a_limit(limits: Limits, said: list[tuple[int, list[UUID]]]) -> None:
    """Whoever speaks next, and whomever they mention: step by step as the room does it."""
    passed: list[Call] = []
    begun = 0
    [*first] = said[:1]
    for who in first:
        asked = [Call(p, PERSON, UUID(int=1000), 0, is_handover=False) for p in who[1]]
        answers = decide(limits, [], asked)
        passed += [one for one, refusal in zip(asked, answers, strict=True) if refusal is None]
        codes_ = {refusal.code for refusal in answers if refusal}
        assert codes_ <= {"turn_limit", "fanout_limit"}, "only the size of its own message refuses a person"
    for pick, mentioned in said[1:]:
        if begun >= len(passed):
            break
        speaker = passed[begun + pick % (len(passed) - begun)]
        passed.remove(speaker)
        passed.insert(begun, speaker)
        begun += 1
        asked = [
            Call(p, speaker.persona, UUID(int=2000 + begun), speaker.depth + 1, is_handover=True)
            for p in mentioned
        ]
        history = [Reserved(one, is_waiting=place >= begun) for place, one in enumerate(passed)]
        answers = decide(limits, history, asked)
        passed += [one for one, refusal in zip(asked, answers, strict=True) if refusal is None]
    assert len(passed) <= limits.turns
    assert max((one.depth for one in passed), default=0) <= limits.depth
    for persona in {one.persona for one in passed}:
        assert sum(one.persona == persona for one in passed) <= limits.persona
        assert not any(one.persona == one.by for one in passed)
    pairs = [frozenset({one.persona, one.by}) for one in passed if one.is_handover]
    assert all(pairs.count(pair) <= limits.pair for pair in pairs)
    triggers = [one.trigger for one in passed]
    assert all(triggers.count(trigger) <= limits.fanout for trigger in triggers)
    waiting = [one.persona for one in passed[begun:] if one.is_handover]
    assert len(waiting) == len(set(waiting)), "nobody waits twice by hand-overs"
