"""What a persona is given to read: in which order, and within its budget."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.context.render import LEAST_BUDGET, render
from llm.context.tokens import tokens_of
from llm.context.values import Extra, Layout, Line, Memory, Rendered, Speaker
from llm.tests.views import ADA, BO, BOB, HOSTILE, content, rendered, said, tags, view

LAYOUTS: tuple[Layout, ...] = ("persona-first", "shared-first")
FULL = {
    "memory": Memory("The board is oak [#1].", 40),
    "transcript": [Line(BOB, "Hello", 41), Line(ADA, "Hi Bob", 42, 41), Line(BOB, "@Ada what now?", 43, 42)],
    "trigger": Line(BOB, "@Ada what now?", 43),
    "parent": Line(ADA, "Hi Bob", 42),
    "recalled": [Line(BO, "Oak warps.", 7)],
    "extras": [Extra("pins", "Ship on Friday"), Extra("polls", "Colour? red 1, blue 2")],
    "notes": ["You passed on message 30: nothing to add."],
    "task": "what now?",
}


def names(of: Rendered) -> list[str]:
    return [section.name for section in of.sections]


def test_persona_first_order() -> None:
    assert names(rendered(**FULL)) == [
        *("rules", "persona", "room", "roster"),
        *("memory", "conversation", "conversation"),
        *("turn", "pins", "polls", "recalled", "notes", "turn", "turn", "turn", "turn"),
    ]
    system = content(rendered(**FULL), 0)
    assert system.startswith("You are Ada, Engineer, an AI persona")
    assert (
        '<persona name="Ada" title="Engineer" description="Builds things">\nYou are an engineer.\n' in system
    )


def test_shared_first_order() -> None:
    of = rendered(**FULL, layout="shared-first")
    assert names(of)[:7] == ["rules", "room", "roster", "memory", "conversation", "conversation", "persona"]
    assert "You are an engineer." not in content(of, 0)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_starts_with_system_and_ends_with_user(layout: Layout) -> None:
    for of in (rendered(**FULL, layout=layout), rendered(layout=layout), rendered(layout=layout, said="So")):
        assert [message.role for message in of.messages] == ["system", "user"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_message_has_its_number_speaker_and_kind(layout: Layout) -> None:
    user = content(rendered(**FULL, layout=layout))
    assert list(said(user)) == [
        ("41", "Bob", "Hello"),
        ("42", "Ada", "Hi Bob"),
        ("43", "Bob", "@Ada what now?"),
    ]
    kinds = [message.get("kind") for message in tags(user).iterfind("conversation/message")]
    assert kinds == ["person", "AI persona", "person"]
    assert '<message id="42" speaker="Ada" kind="AI persona" reply_to="41">' in user


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_turn_block_is_last(layout: Layout) -> None:
    user = content(rendered(**FULL, layout=layout))
    order = [
        "<memory ",
        "<conversation>",
        "<turn>",
        "<pins>",
        "<polls>",
        "<recalled>",
        "<note>",
        "<trigger ",
        "<task>",
    ]
    assert sorted(order, key=user.index) == order
    assert user.index("</turn>") < user.index("You are Ada. Write Ada's message and nothing else.")
    trigger = tags(user).find("turn/trigger")
    assert trigger is not None
    assert (trigger.get("speaker"), trigger.get("id")) == ("Bob", "43")


@pytest.mark.parametrize(
    ("style", "words"),
    [("conversational", "a few sentences"), ("detailed", "in paragraphs"), ("bullet", "bullet points")],
)
def test_the_style_is_asked_for_last(style: str, words: str) -> None:
    last_line = content(rendered(style=style)).splitlines()[-1]
    assert last_line.startswith("You are Ada. ")
    assert words in last_line


def test_a_task_is_the_personas_own_part() -> None:
    user = content(rendered(task="do <this>"))
    assert "<task>\ndo &lt;this&gt;\n</task>" in user
    assert "Do what the task says" in user
    assert "task" not in content(rendered()).rpartition("</conversation>")[2]


def test_an_empty_room() -> None:
    first = Line(BOB, "@Ada hi", 1)
    of = rendered(transcript=[first], trigger=first, room_description="", roster=[BOB, ADA], prompt="")
    assert list(said(content(of))) == [("1", "Bob", "@Ada hi")]
    nothing = rendered(transcript=[], trigger=first, prompt="")
    assert "<conversation>" not in content(nothing)
    assert "@Ada hi" in content(nothing)


def test_what_is_replied_to_is_quoted_in_the_trigger() -> None:
    trigger = tags(content(rendered(**FULL))).find("turn/trigger")
    assert trigger is not None
    [reply_to] = trigger
    assert (reply_to.tag, reply_to.get("speaker"), reply_to.get("id")) == ("reply_to", "Ada", "42")
    assert (reply_to.text, reply_to.tail) == ("\nHi Bob\n", "\n@Ada what now?\n")


def test_a_message_that_was_cut_off_is_told_to_its_persona_as_a_user() -> None:
    of = rendered(said="So <b>a</b> & ")
    assert [message.role for message in of.messages] == ["system", "user"]
    user = content(of)
    assert "<your_message>So &lt;b&gt;a&lt;/b&gt; &amp; </your_message>" in user
    assert user.index("<trigger") < user.index("<your_message>")
    assert "You are Ada. Write only how it goes on" in user
    long = content(rendered(said="x" * 100_000 + "y"))
    assert "<your_message>…xx" in long
    assert "xy</your_message>" in long


def test_of_a_stopped_reply_it_is_said_that_it_was_cut_off() -> None:
    lines = [Line(ADA, "One two", 1, is_cut_off=True), Line(BOB, "@Ada", 2)]
    assert '<message id="1" speaker="Ada" kind="AI persona" state="cut off">' in content(
        rendered(transcript=lines, trigger=lines[-1])
    )


def test_a_trigger_that_is_not_in_the_transcript_is_there_as_a_whole() -> None:
    old = Line(BOB, "What of the " + "very " * 200 + "old question?", 1)
    lines = [Line(ADA, "word " * 60, number) for number in range(2, 400)]
    of = rendered(transcript=[old, *lines], trigger=old, budget=4_000)
    assert 1 not in of.verbatim
    assert old.text in content(of)
    assert of.tokens <= 4_000


def test_recalled_messages_are_not_shown_twice() -> None:
    of = rendered(recalled=[Line(BOB, "Hello", 1), Line(BO, "Old", 0)])
    assert of.recalled == (0,)
    assert content(of).count("Hello") == 1


def test_a_prompt_of_200_kilobytes_leaves_room_for_the_room() -> None:
    for layout in LAYOUTS:
        of = rendered(prompt="Be wise. " * 22_000, layout=layout, budget=8_000)
        assert of.tokens <= 8_000
        assert "characters left out" in "".join(message.content for message in of.messages)
        assert of.verbatim == (1, 2, 3)


def test_a_message_of_200_kilobytes_leaves_the_others_their_place() -> None:
    lines = [Line(BOB, "Short one", 1), Line(BO, "y" * 200_000, 2), Line(BOB, "@Ada?", 3)]
    of = rendered(transcript=lines, trigger=lines[-1], budget=8_000)
    assert of.verbatim == (1, 2, 3)
    assert of.tokens <= 8_000


def test_a_crowd_is_told_as_far_as_it_fits() -> None:
    of = rendered(roster=[Speaker(f"Guest {n}", "human") for n in range(2_000)], budget=4_000)
    assert of.tokens <= 4_000
    assert '<more count="' in content(of, 0)


def test_the_parts_are_the_content() -> None:
    for layout in LAYOUTS:
        for message in rendered(**FULL, layout=layout).messages:
            assert "".join(part.text for part in message.parts) == message.content
            assert all(part.text.strip() for part in message.parts)


def test_the_sections_cover_all_that_was_given() -> None:
    of = rendered(**FULL)
    for index, message in enumerate(of.messages):
        mine = [section for section in of.sections if section.message == index]
        assert [section.start for section in mine] == [0, *(section.end for section in mine[:-1])]
        assert mine[-1].end == len(message.content)


LINES = st.lists(st.tuples(st.sampled_from([ADA, BO, BOB]), st.integers(0, 3_000), HOSTILE), max_size=40)


@settings(deadline=None)
@given(
    lines=LINES,
    layout=st.sampled_from(LAYOUTS),
    budget=st.integers(LEAST_BUDGET, 20_000),
    prompt=st.integers(0, 40_000),
    roster=st.integers(0, 300),
    memory=st.none() | st.integers(0, 40_000),
    woken_by=st.integers(0, 39),
    recalled=st.integers(0, 20),
    said=st.integers(0, 30_000),
    sign=st.sampled_from(["a", "<", "é", "字", "😀"]),
)
def test_never_over_budget(
    lines: list[tuple[Speaker, int, str]],
    layout: Layout,
    budget: int,
    prompt: int,
    roster: int,
    memory: int | None,
    woken_by: int,
    recalled: int,
    said: int,
    sign: str,
) -> None:
    transcript = [Line(who, text + sign * length, 10 + n) for n, (who, length, text) in enumerate(lines)]
    trigger = transcript[woken_by % len(transcript)] if transcript else Line(BOB, sign * 9_000, 5)
    of = rendered(
        transcript=transcript,
        trigger=trigger,
        parent=Line(ADA, sign * 5_000, 4),
        layout=layout,
        budget=budget,
        prompt=sign * prompt,
        roster=[Speaker(f"{n} {sign * 20}", "human", sign * 20) for n in range(roster)],
        memory=None if memory is None else Memory(sign * memory, 9),
        recalled=[Line(BO, sign * 700, n) for n in range(recalled)],
        extras=[Extra("pins", sign * prompt), Extra("polls", sign * said)],
        notes=[sign * 500] * 5,
        task=sign * said,
        said=sign * said,
    )
    assert sum(tokens_of(message.content) for message in of.messages) <= of.tokens <= budget
    assert trigger.number in of.verbatim or f'<trigger speaker="{trigger.speaker.name}"' in content(of)
    assert content(of).count("<trigger ") == 1


def test_render_is_pure() -> None:
    assert render(view(**FULL)) == render(view(**FULL))
