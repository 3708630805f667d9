"""What turns hand in, as models write it. The numbers are those of docs/orchestration.md."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.orchestration import answers
from llm.orchestration.values import Answer, Ask

BALLOT = Ask("ballot", ("Monday", "Friday", "Option C"))
CHOICES = [
    ("Friday", "Friday"),
    (" friday. ", "Friday"),
    ("**Friday**", "Friday"),
    ("2", "Friday"),
    ("Option 2", "Friday"),
    ("I choose Friday", "Friday"),
    ("C", "Option C"),
    ("Monday or Friday", None),
    ("Saturday", None),
    ("", None),
    ("4", None),
]


@pytest.mark.parametrize(("written", "meant"), CHOICES, ids=[str(number) for number in range(len(CHOICES))])
def test_a_choice_is_read_as_models_write_it(written: str, meant: str | None) -> None:
    """60"""
    assert answers.chosen(written, BALLOT.choices) == meant


def test_free_choices_are_kept_as_they_are() -> None:
    """61"""
    assert answers.chosen("  On   Friday! ", ()) == "On Friday!"
    assert answers.chosen("!!!", ()) is None
    assert answers.key_of("The On-Friday plan!") == answers.key_of("on-friday plan")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (80, 80),
        ("80", 80),
        ("80 %", 80),
        (0.8, 80),
        ("0,8", 80),
        (1, 1),
        (120, 100),
        ("sure", None),
        (True, None),
    ],
    ids=["number", "text", "percent", "share", "comma", "one", "too-much", "word", "bool"],
)
def test_confidence_is_of_a_hundred(written: object, read: int | None) -> None:
    """62"""
    assert answers.made({"confidence": written}).confidence == read


def test_a_line_is_read_as_its_fields() -> None:
    """63"""
    values = answers.read_fields("choice: Friday; confidence: 80; reason: it is quiet: nobody is here")
    assert answers.made(values) == Answer("Friday", 80, "it is quiet: nobody is here")
    lead = answers.made(answers.read_fields("next: @Bo; instruction: Draw it.\nprogress: a; b"))
    assert (lead.next, lead.instruction) == ("Bo", "Draw it.")


def test_a_text_that_ends_with_an_answer_is_one() -> None:
    """64"""
    text = "I have thought about it.\n\n**Choice:** Friday\nConfidence: 70\nReason: It is quiet."
    assert answers.in_text(BALLOT, text) == Answer("Friday", 70, "It is quiet.")
    assert answers.in_text(BALLOT, "I like Friday.") is None
    assert answers.in_text(BALLOT, "Choice: Saturday") is None


def test_a_ranking_names_each_once() -> None:
    """65"""
    ask = Ask("ranking", ("A", "B", "C"))
    assert answers.checked(ask, Answer(ranking=("c", "A", "B"))) == Answer(ranking=("C", "A", "B"))
    assert isinstance(answers.checked(ask, Answer(ranking=("A", "B"))), str)
    assert isinstance(answers.checked(ask, Answer(ranking=("A", "B", "D"))), str)


def test_the_leader_names_somebody_or_is_done_or_asks() -> None:
    """66"""
    ask = Ask("lead", ("Ada", "Bo"))
    assert answers.checked(ask, Answer(next="bo")) == Answer(next="Bo")
    assert isinstance(answers.checked(ask, Answer(next="Cy")), str)
    assert isinstance(answers.checked(ask, Answer()), str)
    assert answers.checked(ask, Answer(is_done=True)) == Answer(is_done=True)
    assert answers.checked(ask, Answer(question="Which?")) == Answer(question="Which?")


@given(st.text(max_size=300))
def test_whatever_a_model_writes_is_read_or_refused(text: str) -> None:
    """67"""
    for ask in (BALLOT, Ask("ballot"), Ask("ranking", ("A", "B")), Ask("lead", ("Ada",))):
        answer = answers.checked(ask, answers.made(answers.read_fields(text)))
        assert isinstance(answer, Answer | str)
        answers.in_text(ask, text)
        if isinstance(answer, Answer):
            assert answers.from_data(answers.to_data(answer)) == answer
            assert answers.spoken(ask, answer)


@given(
    st.dictionaries(
        st.sampled_from(["choice", "confidence", "ranking", "progress", "done", "options", "next"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.lists(st.text(), max_size=20),
    )
)
def test_whatever_values_a_tool_is_given_make_an_answer(values: dict[str, object]) -> None:
    """68"""
    made = answers.made(values)
    assert made.confidence is None or 0 <= made.confidence <= 100
    assert len(made.ranking) <= answers.LIST_MOST
