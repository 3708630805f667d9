"""What a model sends is made storable: no NUL, no half of a character, under any chunking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.cleaning import TextCleaner


def cleaned(pieces: list[str]) -> str:
    cleaner = TextCleaner()
    return "".join([*(cleaner.clean(piece) for piece in pieces), cleaner.end()])


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["Hello"], "Hello"),
        (["a\x00b"], "a\ufffdb"),
        (["\ud83d", "\ude00"], "😀"),
        (["so \ud83d", "\ude00!"], "so 😀!"),
        (["\ud83d"], "\ufffd"),
        (["\ude00x"], "\ufffdx"),
        (["\ud83d", "x"], "\ufffdx"),
        (["\ud83d", "", "\ude00"], "😀"),
        ([""], ""),
    ],
)
def test_examples(pieces: list[str], expected: str) -> None:
    assert cleaned(pieces) == expected


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=()), max_size=8), max_size=8))
def test_any_chunking_gives_the_same_storable_text(pieces: list[str]) -> None:
    text = cleaned(pieces)
    assert text == cleaned(["".join(pieces)])
    text.encode()  # no lone surrogate
    assert "\x00" not in text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00")))
def test_good_text_is_untouched(text: str) -> None:
    assert cleaned([text]) == text
