"""The thinking of a turn is bounded, and what is told of it follows on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llm.thinking.text import CHARACTERS, CUT, Thinking

PIECES = st.lists(st.text(max_size=20), max_size=20)


def thought(*pieces: str) -> Thinking:
    thinking = Thinking()
    for piece in pieces:
        thinking.add(piece)
    return thinking


@given(PIECES)
def test_what_fits_is_kept_whole(pieces: list[str]) -> None:
    thinking = thought(*pieces)
    assert thinking.kept() == "".join(pieces).strip()
    assert thinking.is_empty == (not "".join(pieces).strip())


def test_the_middle_of_more_is_cut_and_marked() -> None:
    whole = "".join(f"{number} " for number in range(20_000))
    for size in (7, len(whole)):
        kept = thought(*(whole[i : i + size] for i in range(0, len(whole), size))).kept()
        beginning, end = kept.split(CUT)
        assert len(kept) <= CHARACTERS
        assert whole.startswith(beginning)
        assert whole.strip().endswith(end)
        assert min(len(beginning), len(end)) > CHARACTERS * 0.49


def test_one_character_too_many() -> None:
    assert thought("a" * CHARACTERS).kept() == "a" * CHARACTERS
    assert CUT in thought("a" * CHARACTERS, "b").kept()
    assert thought("a" * CHARACTERS, "b").kept().endswith("ab")


def test_what_is_told_follows_on_and_ends_at_the_bound() -> None:
    thinking = thought("One")
    assert thinking.take() == ("One", "One")
    assert thinking.take() == ("", "One")
    thinking.add(" two 👩")
    # It may still be joined by what comes.
    assert thinking.take() == (" two ", "One two ")
    thinking.add("\u200d👧 three")
    assert thinking.take() == ("👩\u200d👧 three", "One two 👩\u200d👧 three")
    thinking.add("x" * CHARACTERS)
    assert len(thinking.take()[1]) == CHARACTERS
    thinking.add("y")
    assert thinking.take()[0] == ""
