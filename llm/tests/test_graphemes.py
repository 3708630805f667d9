"""A growing text is shown only up to where no later character can change what was shown."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from llm.graphemes import split_settled

CHARACTERS = st.one_of(
    st.sampled_from("a \n\u0301\u200d\ufe0f👩👧🏽🇩🇪1⃣কি\u0bcdगी한\u1100\u1161\r"), st.characters(codec="utf-8")
)


@given(st.text(CHARACTERS, max_size=80))
def test_nothing_is_lost_and_no_cluster_is_cut(text: str) -> None:
    shown, held = split_settled(text)
    assert shown + held == text
    ends, position = {0}, 0
    for cluster in regex.findall(r"\X", text):
        position += len(cluster)
        ends.add(position)
    assert len(shown) in ends


@given(st.lists(st.text(CHARACTERS, max_size=6), max_size=12))
def test_a_stream_is_shown_whole_in_the_end(pieces: list[str]) -> None:
    shown, held = "", ""
    for piece in pieces:
        settled, held = split_settled(held + piece)
        shown += settled
    assert shown + held == "".join(pieces)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("", ""),
        ("One", ""),
        ("One ", ""),
        ("Oh 👩", "👩"),
        ("Oh 👩\u200d", "👩\u200d"),
        ("Oh 👩\u200d👧!", ""),
        ("e\u0301", "e\u0301"),
        ("flag 🇩", "🇩"),
        ("👩", "👩"),
    ],
)
def test_what_may_still_grow_is_held(text: str, held: str) -> None:
    assert split_settled(text)[1] == held
