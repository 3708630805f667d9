"""What a provider can cache: consecutive prompts to one model begin alike. Untimed; the figures
are those of `manage.py bench prefix`."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.context.render import render
from llm.context.transcript import start_of_window
from llm.context.values import Line, Memory
from llm.tests.scripted_room import prompts, share
from llm.tests.views import BOB, content, view

PERSONA_FIRST, SHARED_FIRST = 0.75, 0.88


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("is_shared", "layout", "floor"),
    [(False, "persona-first", PERSONA_FIRST), (True, "shared-first", SHARED_FIRST)],
)
def test_consecutive_prompts_begin_alike(is_shared: bool, layout: str, floor: float) -> None:
    played = list(prompts(messages=200, is_shared=is_shared))
    assert {prompt.layout for prompt in played} == {layout}
    # Longer than the budget, so that the front has to move.
    assert max(prompt.shown for prompt in played) < 200
    assert share(played) >= floor


def transcript(text: str) -> str:
    return text.partition("<conversation>\n")[2].partition("</conversation>")[0]


@given(st.lists(st.text(max_size=200), min_size=2, max_size=30))
def test_the_transcript_only_grows(texts: list[str]) -> None:
    lines = [Line(BOB, text, number) for number, text in enumerate(texts, 1)]
    before = content(render(view(transcript=lines[:-1], trigger=lines[-2], budget=50_000)))
    after = content(render(view(transcript=lines, trigger=lines[-1], task="x" * 300, budget=50_000)))
    assert transcript(after).startswith(transcript(before))
    head = before.index("<conversation>") + len(transcript(before))
    assert after[:head] == before[:head]


def test_an_edited_message_changes_only_what_is_behind_it() -> None:
    lines = [Line(BOB, f"Message {number}", number) for number in range(1, 9)]
    edited = [*lines[:5], Line(BOB, "Edited", 6), *lines[6:]]
    before, after = (content(render(view(transcript=each, trigger=each[-1]))) for each in (lines, edited))
    assert before[: before.index("Message 6")] == after[: after.index("Edited")]


def test_a_new_checkpoint_moves_the_front_once() -> None:
    lines = [Line(BOB, f"Message {number}", number) for number in range(1, 30)]
    memory = Memory("We met.", 10)
    texts = [
        content(render(view(transcript=lines[10:upto], trigger=lines[upto - 1], memory=memory)))
        for upto in range(12, 30)
    ]
    for before, after in itertools.pairwise(texts):
        assert transcript(after).startswith(transcript(before))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=300), st.integers(60, 2_000), st.integers(0, 9_999))
def test_a_window_fits_and_is_not_much_too_small(sizes: list[int], most: int, before: int) -> None:
    start = start_of_window([4 * size for size in sizes], sizes, most, before)
    assert sum(sizes[start:]) <= most
    if sum(sizes) <= most and before == 0:
        assert start == 0
    elif sum(sizes) >= most:
        # A half, but for the size of a message at either end.
        assert sum(sizes[start:]) * 2 >= most - 4 * max(sizes)


@pytest.mark.parametrize("characters", [200, 50])
def test_the_front_moves_in_big_steps(characters: int) -> None:
    """Also where a token is a character: fifty tokens a message, eighty messages at once."""
    most, size = 4_000, 50
    fronts = [start_of_window([characters] * n, [size] * n, most) for n in range(100, 1_000)]
    assert fronts == sorted(fronts)
    moves = sum(one != other for one, other in itertools.pairwise(fronts))
    # Once in a quarter of a window at the most.
    assert moves <= 900 / 20


def test_what_was_said_before_moves_no_milestone() -> None:
    sizes = [50] * 400
    lengths = [210] * 400
    whole = start_of_window(lengths, sizes, 4_000)
    for left_out in (40, 90, 200):
        front = start_of_window(lengths[left_out:], sizes[left_out:], 4_000, 210 * left_out)
        assert front + left_out == whole


def test_a_longer_quote_does_not_move_the_front() -> None:
    lines = [Line(BOB, "word " * 40, number) for number in range(1, 400)]
    fronts = {
        render(view(transcript=lines, trigger=lines[-1], task="t" * length, budget=8_000)).verbatim[0]
        for length in range(0, 900, 50)
    }
    assert len(fronts) == 1
