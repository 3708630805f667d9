"""What a message asks of whom: by a table of what people write, and as properties."""

from __future__ import annotations

import random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.reading import TASK_CHARACTERS, Reading, read
from llm.tests.utterances import CASES, Case
from rooms.mentions import Mentionable

NAMES: dict[str, tuple[str, ...]] = {
    name: (name, *aliases)
    for name, aliases in {
        "Ada": ("Engineer",),
        "Ada Lovelace": (),
        "Bo": (),
        "Bob": (),
        "Cy": (),
        "Sam Jr.": (),
        "Ольга": (),
        "Νίκος": (),
        "İpek": (),
        "عمر": (),
        "נועה": (),
        "प्रिया": (),
        "李雷": (),
        "さくら": (),
        "김민수": (),
    }.items()
}
KEYS = list(NAMES)
CAST = [Mentionable(UUID(int=i), names) for i, names in enumerate(NAMES.values())]


def name(id_: UUID | None) -> str:
    return "*" if id_ is None else KEYS[id_.int]


def told(reading: Reading) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]], list[str]]:
    return (
        [(name(call.id), call.task) for call in reading.now],
        [(name(s.id), s.task, "+".join(sorted(map(name, s.after)))) for s in reading.then],
        [name(id_) for id_ in reading.informed],
    )


@pytest.mark.parametrize("case", CASES, ids=[f"{case.number}: {case.text!r}" for case in CASES])
def test_utterances(case: Case) -> None:
    assert told(read(case.text, CAST)) == (case.now, case.then, case.cc)


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 120
    assert len({case.text for case in CASES}) == len(CASES)


PIECES = st.sampled_from(
    [
        *("@", "`", "```", "\n", "\n\n", " ", ", ", ". ", "; ", ": ", " and ", " then ", " cc ", "(cc ", ")"),
        *(
            " hand over to ",
            "puis ",
            "\uff0c",
            "。",
            "然后",
            "\\",
            "a@b.org",
            "https://x.org/",
            "@all",
            "do it",
            "?",
        ),
        *("ß", "İ", "\u200d", "ﬁ", "①", "\u0301", "ᄒ", "ᅡ"),
    ]
    + [f"@{name}" for names in NAMES.values() for name in names]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join))


@given(TEXTS)
def test_the_same_text_gives_the_same_and_nobody_who_is_not_here(text: str) -> None:
    reading = read(text, CAST)
    assert read(text, CAST) == reading
    assert reading.named <= {mentionable.id for mentionable in CAST} | {None}
    called = [call.id for call in reading.now]
    assert len(called) == len(set(called))
    assert not set(reading.informed) & {*called, *(step.id for step in reading.then)}
    tasks = [call.task for call in reading.now] + [step.task for step in reading.then]
    assert all(len(task) <= TASK_CHARACTERS for task in tasks)


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_participants_does_not_matter(text: str, chance: random.Random) -> None:
    shuffled = list(CAST)
    chance.shuffle(shuffled)
    assert read(text, shuffled) == read(text, CAST)


@given(TEXTS)
def test_a_step_follows_somebody_or_begins_the_text(text: str) -> None:
    reading = read(text, CAST)
    earlier: dict[int, set[UUID | None]] = {0: {call.id for call in reading.now}}
    for step in sorted(reading.then, key=lambda step: step.round):
        assert set(step.after) <= earlier.get(step.round - 1, set())
        earlier.setdefault(step.round, set()).add(step.id)


@given(st.lists(PIECES.filter(lambda piece: "`" not in piece), max_size=12).map("".join))
def test_what_stands_in_code_calls_nobody(text: str) -> None:
    assert read(f"```\n{text}\n```", CAST) == Reading()
    assert told(read(f"```\n{text}\n```\n@Ada", CAST))[0] == [("Ada", "")]


@given(st.sampled_from([name for names in NAMES.values() for name in names]))
def test_an_address_calls_nobody(name: str) -> None:
    assert read(f"write to somebody@{name}, then cc other@{name}.org", CAST) == Reading()


@given(TEXTS)
def test_who_left_is_nobody(text: str) -> None:
    here = [mentionable for mentionable in CAST if mentionable.id.int % 2]
    assert read(text, here).named <= {mentionable.id for mentionable in here} | {None}


@pytest.mark.parametrize(
    "piece",
    ["@Ada do it, then hand over to @Bo ", "`a` @Ada ", "@Ada, ", "ß @Ada ", "\uff20Ada\uff01\n", "@Ada. "],
)
def test_a_long_message_full_of_names_is_read(piece: str) -> None:
    reading = read((piece * 3_000)[:30_000], CAST)
    assert {name(id_) for id_ in reading.named} <= {"Ada", "Bo"}
    assert reading.named
