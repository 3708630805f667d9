"""What fits. Cases are numbered in docs/memory.md."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.memory import calibration
from llm.memory.budget import (
    DEFAULT_WINDOW,
    LEAST_TOKENS,
    DoesNotFitError,
    Part,
    fit,
    prompt_tokens,
    shorten,
)
from llm.memory.tokens import LEAST_FACTOR, MOST_FACTOR, estimate, learn
from llm.models import Given
from llm.tests.helpers import running
from rooms.tests.people import Workshop

_TEXTS = st.one_of(
    st.text(max_size=400),
    st.integers(0, 4_000).map(lambda n: "word " * n),
    st.just("我" * 900),
    st.just("🎉" * 300),
)


@st.composite
def parts(draw: st.DrawFn) -> list[Part]:
    return [
        Part(
            str(number),
            draw(_TEXTS),
            is_needed=draw(st.booleans()),
            firmness=draw(st.integers(0, 3)),
            worth=draw(st.floats(0, 1)),
            around=draw(st.integers(0, 30)),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


def _tokens(parts: list[Part], factor: float, characters: int) -> int:
    return sum(part.around + estimate(shorten(part.text, characters), factor) for part in parts)


@given(parts(), st.integers(0, 20_000), st.floats(LEAST_FACTOR, MOST_FACTOR))
def test_b01_never_over_budget_and_never_without_the_needed(
    parts: list[Part], budget: int, factor: float
) -> None:
    try:
        result = fit(parts, budget, factor)
    except DoesNotFitError:
        needed = [part for part in parts if part.is_needed]
        assert any(len(part.text) > 80 for part in needed) or _tokens(needed, factor, 10**9) > budget
        assert _tokens(needed, factor, 0) > budget
        return
    around = {part.key: part.around for part in parts}
    assert result.tokens == sum(around[key] + estimate(text, factor) for key, text in result.texts.items())
    assert result.tokens <= budget
    assert {part.key for part in parts if part.is_needed} <= set(result.texts)
    assert set(result.texts) | set(result.dropped) == {part.key for part in parts}
    for part in parts:
        if part.key in result.texts and part.key not in result.shortened:
            assert result.texts[part.key] == part.text


@given(parts())
def test_b02_all_of_it_stands_where_there_is_room(parts: list[Part]) -> None:
    result = fit(parts, 10**9)
    assert result.texts == {part.key: part.text for part in parts}
    assert (result.dropped, result.shortened) == ((), frozenset())


def test_b03_the_least_firm_is_shortened_first_and_says_so() -> None:
    rules = Part("rules", "Do this. " * 200, is_needed=True, firmness=9)
    pin = Part("pin", "A long pin. " * 2_000, is_needed=True, firmness=1)
    result = fit([rules, pin], 1_500)
    assert result.texts["rules"] == rules.text
    assert "characters left out here" in result.texts["pin"]
    assert result.texts["pin"].startswith("A long pin.")
    assert result.shortened == {"pin"}


def test_b04_the_rest_goes_by_its_worth() -> None:
    text = "word " * 100
    result = fit(
        [Part("a", text, worth=1), Part("b", text, worth=3), Part("c", text, worth=2)], 2 * estimate(text)
    )
    assert set(result.texts) == {"b", "c"}
    assert result.dropped == ("a",)


@pytest.mark.parametrize(
    ("window", "wanted", "output", "tokens"),
    [
        (128_000, 12_000, 4_096, 12_000),
        (8_000, 12_000, 2_000, 5_600),
        (None, 100_000, 4_096, int(DEFAULT_WINDOW * 0.95) - 4_096),
        (4_000, 12_000, 4_096, LEAST_TOKENS),
    ],
)
def test_b05_a_prompt_is_as_long_as_window_setting_and_reply_allow(
    window: int | None, wanted: int, output: int, tokens: int
) -> None:
    assert prompt_tokens(window, wanted, output) == tokens


@given(st.text(), st.integers(0, 500))
def test_b06_a_shortened_text_says_how_much_is_missing(text: str, characters: int) -> None:
    short = shorten(text, characters)
    assert short == text or (len(short) <= max(characters, 80) and "left out here" in short)


@pytest.mark.parametrize(
    ("text", "real"),
    [
        # As a tokenizer of 100,000 entries (cl100k) counts them.
        ("We decided yesterday that the release of the payment service moves to Thursday.", 14),
        ("Wir haben gestern beschlossen, dass die Veröffentlichung verschoben wird.", 18),
        ("Вчера мы решили, что выпуск платёжного сервиса переносится на четверг", 29),
        ("我们昨天决定把支付服务的发布推迟到星期四,因为玛丽亚在发票导出中发现了两个错误。", 42),
        ("昨日、支払いサービスのリリースを木曜日に延期することに決めました。", 33),
    ],
)
def test_b07_an_estimate_is_near_in_every_script(text: str, real: int) -> None:
    assert 0.7 <= estimate(text) / real <= 1.5


@given(st.text(), st.text())
def test_b08_a_longer_text_is_not_estimated_as_less(one: str, two: str) -> None:
    assert estimate(one + two) >= estimate(one)
    assert estimate(one + two) <= estimate(one) + estimate(two)


def test_b09_a_factor_follows_what_a_provider_reports() -> None:
    factor = 1.0
    for _ in range(20):
        factor = learn(factor, estimated=int(1_000 * factor), reported=1_400)
    assert factor == pytest.approx(1.4, rel=0.02)
    for _ in range(80):
        factor = learn(factor, estimated=int(1_000 * factor), reported=900)
    assert factor == pytest.approx(0.9, rel=0.05)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))))
def test_b10_a_factor_has_bounds(reports: list[tuple[int, int]]) -> None:
    factor = 1.0
    for estimated, reported in reports:
        factor = learn(factor, estimated=estimated, reported=reported)
        assert LEAST_FACTOR <= factor <= MOST_FACTOR


@pytest.mark.django_db
def test_b11_what_a_provider_counts_is_kept_for_the_next_prompt(studio: Workshop) -> None:
    turn = running(studio)
    Given.objects.create(
        turn=turn, attempt=1, model="m", layout="", budget=9_000, tokens=1_000, counts={}, body=b""
    )
    for _ in range(12):
        calibration.learn_from(turn, 1, "some/model", 1_300)
    calibration.learn_from(turn, 1, "some/model", None)
    calibration.learn_from(turn, 7, "some/model", 9_000)
    assert calibration.factor_of("some/model") == pytest.approx(1.3, rel=0.05)
    assert calibration.factor_of("another/model") == 1.0
