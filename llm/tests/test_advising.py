"""What more voices are likely to bring, by hand and as properties. The numbers are those of
docs/orchestration.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.orchestration.advice_words import line
from llm.orchestration.advising import (
    LEAST,
    Ballot,
    Size,
    Voice,
    Vote,
    advise,
    chance_among,
    chance_without_own,
    effective,
    same_decision,
    wilson,
)

X, Y = "openai/x", "other/y"


def voices(models: str) -> list[Voice]:
    """One for each letter, “xxy”: two with the model X, one with Y."""
    return [Voice(UUID(int=n), X if letter == "x" else Y) for n, letter in enumerate(models, 1)]


def vote(cast: Sequence[Voice], choices: str, among: int = 2) -> Vote:
    """“aab”: what each of them chose; “-” for who did not."""
    ballots = (Ballot(v.id, v.model, c) for v, c in zip(cast, choices, strict=True) if c != "-")
    return Vote(tuple(ballots), chance_among(among))


def test_agreement_by_hand() -> None:
    """260. Of eight votes between two choices Ada and Bo agree in six, by chance in four."""
    cast = voices("xxy")
    votes = [vote(cast, text) for text in ["aab", "aab", "bba", "bbb", "aaa", "aaa", "abb", "bab"]]
    advice = advise(cast, votes)
    ada_bo, ada_cy, bo_cy = advice.pairs
    assert (ada_bo.own.votes, ada_bo.own.agreed, ada_bo.own.expected) == (8, 6, 4)
    assert ada_bo.own.beyond_chance is not None
    assert ada_bo.own.beyond_chance.value == pytest.approx(0.5)
    # With Cy each of them agrees as often as by chance.
    assert [pair.own.agreed for pair in (ada_cy, bo_cy)] == [4, 4]
    same, different = advice.models
    assert (same.one, same.other, same.agreement.agreed) == (X, X, 6)
    # A vote counts once, with the mean of its two pairs.
    assert (different.one, different.other, different.agreement.agreed) == (X, Y, 4)
    # r is the mean of 0.5, 0 and 0, a sixth: 3 / (1 + 2 / 6), and 4 / (1 + 3 / 6).
    assert advice.worth is not None
    assert advice.worth.value == pytest.approx(2.25)
    assert advice.one_more == pytest.approx(4 / 1.5)


def test_votes_with_more_choices_agree_less_by_chance() -> None:
    """261"""
    cast = voices("xx")
    advice = advise(cast, [vote(cast, "aa", among) for among in (2, 4, 4, 5, 10)])
    assert advice.pairs[0].own.expected == pytest.approx(0.5 + 0.25 + 0.25 + 0.2 + 0.1)
    assert chance_without_own(4) == 0.5


def test_who_may_not_choose_their_own_is_compared_where_both_could() -> None:
    """262. Ada's first is Bo's answer, which Bo can't choose: they could not have agreed."""
    ballots = (
        Ballot(UUID(int=1), X, "B", "A"),
        Ballot(UUID(int=2), X, "C", "B"),
        Ballot(UUID(int=3), X, "D", "C"),
    )
    known = Vote(ballots, chance_without_own(4))
    advice = advise(voices("xxx"), [known] * 6)
    assert [pair.own.votes for pair in advice.pairs] == [0, 6, 0]
    # Of three answers only one can be chosen by both: that says nothing.
    told = advise(voices("xxx"), [Vote(ballots, chance_without_own(3))] * 6)
    assert [pair.own.votes for pair in told.pairs] == [0, 0, 0]


def test_the_interval_is_wilsons() -> None:
    """263. The numbers of the textbook: 0 of 10, and 8 of 10."""
    none, most = wilson(0, 10), wilson(8, 10)
    assert (none.value, none.low, round(none.high, 3)) == (0, 0, 0.278)
    assert (most.value, round(most.low, 3), round(most.high, 3)) == (0.8, 0.490, 0.943)


def test_smaller_groups_are_counted() -> None:
    """264. Of four, three against one: of the six pairs three are a tie, and of the four voices one errs."""
    assert same_decision([3, 1], 1) == 0.75
    assert same_decision([3, 1], 2) == 0.5
    assert same_decision([3, 1], 3) == 1
    assert same_decision([2, 2], 3) is None
    cast = voices("xxxx")
    votes = [vote(cast, "aaab")] * 10 + [vote(cast, "aaaa")] * 2 + [vote(cast, "aabb")] * 5
    sizes = advise(cast, votes).sizes
    assert sizes[0] == Size(1, 12, 9.5, wilson(9.5, 12))
    assert [(size.size, size.votes, size.same) for size in sizes[1:]] == [(2, 12, 7.0), (3, 12, 12.0)]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_smaller_groups_are_counted_as_if_each_was_made(counts: list[int]) -> None:
    """265"""
    counts.sort(reverse=True)
    voters = [choice for choice, count in enumerate(counts) for _ in range(count)]
    for size in range(1, len(voters)):
        groups = [Counter(group) for group in combinations(voters, size)]
        same = sum(all(group[0] > group[other] for other in range(1, len(counts))) for group in groups)
        is_split = len(counts) > 1 and counts[0] == counts[1]
        expected = None if is_split else pytest.approx(same / len(groups))
        assert same_decision(counts, size) == expected


def test_below_the_least_count_there_is_no_number() -> None:
    """266"""
    cast = voices("xx")
    few = advise(cast, [vote(cast, "aa")] * (LEAST - 1))
    assert (few.worth, few.one_more, few.sizes) == (None, None, ())
    assert few.pairs[0].own.beyond_chance is None
    assert line(cast, few) == (
        "Only four votes here yet, too few for numbers. These two all use openai/x, whose errors tend to be"
        " alike: expect little from more of them; a model of another maker is likely to bring more."
    )
    assert advise(cast, [vote(cast, "aa")] * LEAST).worth is not None


def test_who_has_few_votes_is_known_by_their_model() -> None:
    """267. Dee is new, and uses what Ada and Bo use; a model that never voted is not known."""
    cast = voices("xxx")
    votes = [vote(cast, "aa-")] * 6
    advice = advise(cast, votes)
    assert [pair.known is pair.own for pair in advice.pairs] == [True, False, False]
    assert advice.worth is not None
    assert advice.worth.value == 1
    strange = [*cast[:2], Voice(UUID(int=9), Y)]
    assert advise(strange, votes).worth is None
    assert line(strange, advise(strange, votes)).startswith("6 votes here, but too few that compare")


def test_another_model_is_another_voice() -> None:
    """268"""
    before, now = voices("xx"), voices("yy")
    assert advise(now, [vote(before, "aa")] * 6).pairs[0].own.votes == 0


SENTENCES = {
    "x": "One voice has nobody to differ from: a second one is what brings most.",
    "xxx": (
        "No votes here yet. These three all use openai/x, whose errors tend to be alike: expect little from"
        " more of them; a model of another maker is likely to bring more."
    ),
    "xxy": (
        "No votes here yet. These three use two models; personas of one model tend to err alike, and how"
        " alike these models are is not known here."
    ),
    "xy": (
        "No votes here yet. These two use a model each; personas of one model tend to err alike, and how"
        " alike these models are is not known here."
    ),
}


@pytest.mark.parametrize("models", SENTENCES)
def test_without_history_nothing_is_made_up(models: str) -> None:
    """269"""
    cast = voices(models)
    told = line(cast, advise(cast, []))
    assert told == SENTENCES[models]
    assert not any(letter.isdigit() for letter in told)


def test_with_history_it_is_said_with_the_numbers() -> None:
    """270"""
    cast = voices("xxxx")
    advice = advise(cast, [vote(cast, "aaaa")] * 8 + [vote(cast, "aaab")] * 4)
    assert line(cast, advice) == (
        "Going by 12 votes here, these four are worth about 1.3 (1.1 to 2.3) independent voices, and with one"
        " more like them 1.4; agreeing is not being right. Three of those who answered would have decided as"
        " all did in 12 of 12 votes."
    )
    scripted = [Voice(voice.id, voice.model, is_scripted=True) for voice in cast]
    assert "They are scripted, which says nothing of models." in line(
        scripted, advise(scripted, [vote(cast, "aaaa")] * 8)
    )
    assert "These voices are scripted" in line(scripted, advise(scripted, []))


def test_who_always_agree_are_one_voice() -> None:
    """271"""
    cast = voices("xxxx")
    advice = advise(cast, [vote(cast, "aaaa", 3)] * 20)
    assert advice.worth is not None
    assert advice.worth.value == 1
    assert advice.worth.low == 1


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_who_are_independent_are_as_many_as_they_are(count: int) -> None:
    """272. Every combination of choices once: each two agree in half of them."""
    cast = voices("xyxyx"[:count])
    votes = [vote(cast, "".join(choices)) for choices in product("ab", repeat=count)] * 4
    worth = advise(cast, votes).worth
    assert worth is not None
    assert worth.value == pytest.approx(count)
    assert worth.low < count == pytest.approx(worth.high)


HISTORIES = st.lists(st.text("abc", min_size=3, max_size=3), min_size=LEAST, max_size=20)


@given(HISTORIES, st.integers(0, 5))
def test_a_clone_makes_no_voice(texts: list[str], clones: int) -> None:
    """273. Voices that always choose what Ada chooses: never worth more than those who differ."""
    cast = voices("xyx" + "x" * clones)
    advice = advise(cast, [vote(cast, text + text[0] * clones, 3) for text in texts])
    assert advice.worth is not None
    assert 1 - 1e-9 <= advice.worth.low <= advice.worth.value <= advice.worth.high <= len(cast) + 1e-9
    assert advice.worth.value <= 3 + 1e-9


@given(HISTORIES, st.randoms())
def test_order_does_not_matter(texts: list[str], random: object) -> None:
    """274"""
    cast = voices("xyx")
    votes = [vote(cast, text, 3) for text in texts]
    mixed = [Vote(tuple(reversed(one.ballots)), one.chance) for one in reversed(votes)]
    there, back = advise(cast, votes), advise(list(reversed(cast)), mixed)
    assert there.worth is not None
    assert back.worth is not None
    assert back.worth.value == pytest.approx(there.worth.value)
    assert [(pair.one, pair.other) for pair in back.models] == [
        (pair.one, pair.other) for pair in there.models
    ]
    assert [size.same for size in back.sizes] == pytest.approx([size.same for size in there.sizes])


@given(st.integers(1, 12), st.floats(0, 1))
def test_more_in_common_is_worth_less(count: int, correlation: float) -> None:
    """275"""
    assert 1 - 1e-9 <= effective(count, correlation) <= count
    assert effective(count + 1, correlation) >= effective(count, correlation) - 1e-9
