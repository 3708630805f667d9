"""A reply that goes on says nothing twice at the seam, and loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.seam import LETTERS, Seam, overlap
from llm.tests.chunks import CUTS, chunked

BEFORE = "First we measure. Then we cut the long bo"
WORDS = st.text("abc .\n", max_size=40)


def joined(before: str, chunks: list[str]) -> str:
    seam = Seam(before)
    return before + "".join([seam.feed(chunk) for chunk in chunks]) + seam.rest()


@pytest.mark.parametrize(
    ("after", "whole"),
    [
        ("ard.", BEFORE + "ard."),
        ("cut the long board.", BEFORE + "ard."),
        ("\n\nThen we cut the long board.", BEFORE + "ard."),
        (BEFORE + "ard.", BEFORE + "ard."),
        (BEFORE, BEFORE),
        # Too little to be more than chance.
        ("bored people wait.", BEFORE + "bored people wait."),
        ("long boards.", BEFORE + "long boards."),
        ("First we drink tea.", BEFORE + "First we drink tea."),
        ("", BEFORE),
    ],
)
def test_what_is_said_again_is_taken_out(after: str, whole: str) -> None:
    assert joined(BEFORE, [after]) == whole
    assert joined(BEFORE, list(after)) == whole


def test_a_pattern_is_no_repetition() -> None:
    table = "| a | b |\n|---|---"
    assert joined(table, ["---|---|"]) == table + "---|---|"


@given(WORDS, WORDS, CUTS)
def test_any_chunking_gives_the_same(before: str, after: str, cuts: list[int]) -> None:
    assert joined(before, chunked(after, cuts)) == joined(before, [after])


@given(WORDS, WORDS, st.integers(0, 40), CUTS)
def test_only_a_repeated_beginning_is_taken_out(before: str, after: str, again: int, cuts: list[int]) -> None:
    said = before[len(before) - min(again, len(before)) :] + after
    new = joined(before, chunked(said, cuts))[len(before) :]
    assert said.endswith(new)
    dropped = said[: len(said) - len(new)].lstrip()
    assert before.endswith(dropped)
    assert not dropped or sum(map(str.isalnum, dropped)) >= LETTERS


@given(st.text("abcdefgh", min_size=LETTERS, max_size=30), WORDS, CUTS)
def test_a_reply_that_starts_over_goes_on(before: str, after: str, cuts: list[int]) -> None:
    assert overlap(before, before + after) == len(before)
    assert joined(before, chunked(before + after, cuts)) == before + after


def test_what_cannot_be_a_repetition_is_not_held_back() -> None:
    seam = Seam(BEFORE)
    assert seam.feed("ard") == "ard"
    assert seam.feed("First we measure. Then") == "First we measure. Then"
