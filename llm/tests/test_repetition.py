"""A model that says the same without end is cut off; what merely has a pattern is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.gateway.types import TextChunk
from llm.models import Turn
from llm.repetition import CHARACTERS, LONGEST_UNIT, TIMES, end_of_first
from llm.runner import Runner
from llm.tests.helpers import message_of
from llm.tests.scripted import ScriptedModel
from rooms.database import in_database

PROSE = " ".join(
    f"Sentence {number} says something of its own, {number * number} times." for number in range(80)
)


@pytest.mark.parametrize(
    "unit",
    ["a", "ha ", "The same. ", "One line.\nAnd another one.\n\n", PROSE[:700], PROSE[:LONGEST_UNIT]],
    ids=["letter", "word", "sentence", "paragraph", "long", "longest"],
)
@pytest.mark.parametrize("before", ["", "Once upon a time ("])
def test_what_is_repeated_is_kept_once(before: str, unit: str) -> None:
    times = max(TIMES, CHARACTERS // len(unit)) + 1
    text = before + unit * times
    assert text[: end_of_first(text)] == before + unit
    assert text[: end_of_first(text + unit[: len(unit) // 2])] == before + unit


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        PROSE,
        PROSE[:LONGEST_UNIT] * (TIMES - 1),
        "-" * 400,
        "| --- " * 100 + "|",
        "".join(f"| {n} | same | same |\n" for n in range(200)),
        "0, " * 400 + "1",
        PROSE + PROSE[:600],
    ],
    ids=["nothing", "short", "prose", "refrain", "rule", "table head", "table", "zeros", "said twice"],
)
def test_what_has_a_pattern_is_left_alone(text: str) -> None:
    assert end_of_first(text) is None


@given(st.text("ab \n", min_size=1, max_size=60), st.text("xyz", max_size=30), st.integers(0, 60))
def test_one_time_stays_whatever_repeats(unit: str, before: str, more: int) -> None:
    text = before + unit * (CHARACTERS // len(unit) + TIMES) + unit[: more % len(unit)]
    end = end_of_first(text)
    assert end is not None
    kept = text[:end]
    assert len(kept) <= len(before) + len(unit)
    # Nothing is lost: the rest is the kept end over and over.
    period = next(p for p in range(1, len(unit) + 1) if text[end:] == text[end - p : -p])
    assert period <= len(unit)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
async def test_a_reply_without_end_is_ended(runner: Runner, model: ScriptedModel, turn: Turn) -> None:
    said = "Oh! " + "I am sorry, I can't. " * 5_000
    step = model.add(*(TextChunk(said[at : at + 20]) for at in range(0, len(said), 20)))
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert message.text.strip() == "Oh! I am sorry, I can't."
    assert (message.state, turn.state, turn.error_code) == ("failed", "failed", "repetition")
    assert step.was_closed.is_set()
