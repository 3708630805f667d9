"""How long a prompt may be, and how it is measured. Cases are numbered in docs/memory.md."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.memory import calibration
from llm.memory.budget import DEFAULT_WINDOW, LEAST_TOKENS, prompt_tokens
from llm.memory.tokens import LEAST_FACTOR, MOST_FACTOR, estimate, learn
from llm.models import Given
from llm.tests.helpers import running
from rooms.tests.people import Workshop


@pytest.mark.parametrize(
    ("window", "wanted", "output", "tokens"),
    [
        (128_000, 12_000, 4_096, 12_000),
        (8_000, 12_000, 2_000, 5_600),
        (None, 100_000, 4_096, int(DEFAULT_WINDOW * 0.95) - 4_096),
        (4_000, 12_000, 4_096, LEAST_TOKENS),
    ],
)
def test_b01_a_prompt_is_as_long_as_window_setting_and_reply_allow(
    window: int | None, wanted: int, output: int, tokens: int
) -> None:
    assert prompt_tokens(window, wanted, output) == tokens


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
def test_b02_an_estimate_is_near_in_every_script(text: str, real: int) -> None:
    assert 0.7 <= estimate(text) / real <= 1.5


@given(st.text(), st.text())
def test_b03_a_longer_text_is_not_estimated_as_less(one: str, two: str) -> None:
    assert estimate(one + two) >= estimate(one)
    assert estimate(one + two) <= estimate(one) + estimate(two)


def test_b04_a_factor_follows_what_a_provider_reports() -> None:
    factor = 1.0
    for _ in range(20):
        factor = learn(factor, estimated=int(1_000 * factor), reported=1_400)
    assert factor == pytest.approx(1.4, rel=0.02)
    for _ in range(80):
        factor = learn(factor, estimated=int(1_000 * factor), reported=900)
    assert factor == pytest.approx(0.9, rel=0.05)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))))
def test_b05_a_factor_has_bounds(reports: list[tuple[int, int]]) -> None:
    factor = 1.0
    for estimated, reported in reports:
        factor = learn(factor, estimated=estimated, reported=reported)
        assert LEAST_FACTOR <= factor <= MOST_FACTOR


@pytest.mark.django_db
def test_b06_what_a_provider_counts_is_kept_for_the_next_prompt(studio: Workshop) -> None:
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
