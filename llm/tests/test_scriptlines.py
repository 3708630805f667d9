"""Labels, tags and markers at the beginning of lines, whatever the chunks. Cases: docs/tools.md."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llm.scriptlines import LONGEST, Marker, ScriptLines, Voice
from llm.tests.chunks import CUTS, chunked

OTHERS = [
    Voice("Bob"),
    Voice("Bo", "Sceptic"),
    Voice("Ann Lee"),
    Voice("Max"),
    Voice("R2"),
    Voice("D\u00f6rte"),
]


def filtered(chunks: list[str], *, is_midline: bool = False) -> tuple[str, str | None, list[Marker]]:
    lines = ScriptLines(Voice("Ada", "Engineer"), OTHERS, keywords=("pass", "mention"), is_midline=is_midline)
    text = "".join([lines.feed(chunk) for chunk in chunks]) + lines.rest()
    return text, lines.cut_for, lines.markers


# What a model writes that goes on with the conversation: (text, what stays, for whom).
LEAKS = [
    ("Yes.\n\nBob: I agree", "Yes.\n\n", "Bob"),
    ("Yes.\nBob: I agree", "Yes.\n", "Bob"),
    ("Yes.\r\n\r\nBob: I agree", "Yes.\r\n\r\n", "Bob"),
    ("Yes.\n\n**Bob:** I agree", "Yes.\n\n", "Bob"),
    ("Yes.\n\n**Bob**: I agree", "Yes.\n\n", "Bob"),
    ("Yes.\n\n*Bob:* I agree", "Yes.\n\n", "Bob"),
    ("Yes.\n\n[Bob]: I agree", "Yes.\n\n", "Bob"),
    ("Yes.\n\n<Bob>: I agree", "Yes.\n\n", "Bob"),
    ("Yes.\n\nBOB: I agree", "Yes.\n\n", "Bob"),
    ("Yes.\n\nBob (person): I agree", "Yes.\n\n", "Bob"),
    ("Yes.\n\nBo (Sceptic): I doubt it", "Yes.\n\n", "Bo"),
    ("Yes.\n\nBob:\nI agree", "Yes.\n\n", "Bob"),
    ("Yes.\n\nBob: \u201cI agree\u201d", "Yes.\n\n", "Bob"),
    ("Yes.\n\nBob: *nods*", "Yes.\n\n", "Bob"),
    ("Yes.\n\nBob: \U0001f44d", "Yes.\n\n", "Bob"),
    ("Yes.\n\nBob\uff1a\u662f\u7684", "Yes.\n\n", "Bob"),
    ("Yes.\n\nAnn Lee: I agree", "Yes.\n\n", "Ann Lee"),
    ("Yes.\n\nD\u00f6rte: Genau", "Yes.\n\n", "D\u00f6rte"),
    ("Yes.\n\nR2: beep", "Yes.\n\n", "R2"),
    ("Yes.\n\nBob:", "Yes.\n\n", "Bob"),
    ("Bob: I agree", "", "Bob"),
    ("```\nBob: code\n```\nBob: leak", "```\nBob: code\n```\n", "Bob"),
    ("``` a ` b\nBob: leak", "``` a ` b\n", "Bob"),
    ('Yes.\n<message id="7" speaker="Bob" kind="person">\nI agree', "Yes.\n", "Bob"),
    ("Yes.\n<message speaker='Somebody'>", "Yes.\n", "Somebody"),
    ('Yes.\n<trigger speaker="Bob" id="7">', "Yes.\n", "Bob"),
    (
        "Who:\nBob: x\nBo: y\n\nSo much for that.\nBob: leak",
        "Who:\nBob: x\nBo: y\n\nSo much for that.\n",
        "Bob",
    ),
]


@pytest.mark.parametrize(("text", "stays", "who"), LEAKS, ids=[repr(leak[0]) for leak in LEAKS])
@given(cuts=CUTS)
def test_what_speaks_for_another_is_cut(text: str, stays: str, who: str, cuts: list[int]) -> None:
    assert filtered(chunked(text, cuts)) == (stays, who, [])
    assert filtered([*chunked(text, cuts), " and more\n"])[0] == stays


UNTOUCHED = [
    "Pros:\n- cheap\nCons:\n- slow\nNote: it rains",
    "> Bob: I agree",
    "- Bob: I agree\n* Bob: I agree\n+ Bob: no\n1. Bob: yes\n  Bob: indented",
    "| Bob: 3 | Bo: 4 |\n| --- | --- |",
    "Yes.\nBo: 3 votes\nBob: $5\nBob: -1",
    "Here is who does what:\n\nBob: the plan\nBo: the doubts\n\n**Ada:** the rest",
    "**Who said what:**\nBob: blue\nAda: red",
    "Who said what\uff1a\nBob: blue",
    "```\nBob: in code\n~~~\nBob: still\n```",
    "~~~~ text\nBob: in code\n~~~\nBob: still",
    "    Bob: indented code",
    "Say `Bob: hi` to him.",
    "Bob's view: it is late",
    "Bobby: is somebody else",
    "bob: in small letters",
    "Bob, one thing: the plan",
    "Bob (as I said): no",
    "Bob and Bo: listen",
    "@Bob: could you look?",
    "### Bob: the plan",
    "Bob://host and Bob::Type and Bob:x",
    "Max: 3\nMax: < 5",
    "I told Bob: wait.\nHe did.",
    "[Bob](https://example.org): a link",
    "<b>Bob</b>: hi",
    "<message>x</message>",
    "[[wiki]] and [[passage]] and [[mentioned: x]]",
    "x [[pass: not at a line's beginning]]",
    "[pass: x]",
    "One line\nand Bob: not at its beginning",
    "Ada is here.\nAda: in the middle of a paragraph",
]


@pytest.mark.parametrize("text", UNTOUCHED)
@given(cuts=CUTS)
def test_what_is_no_script_is_untouched(text: str, cuts: list[int]) -> None:
    assert filtered(chunked(text, cuts)) == (text, None, [])


OWN = [
    ("One.\n\nAda: Two.\n\n**Ada:** Three.", "One.\n\nTwo.\n\nThree."),
    ("One.\n\nAda:\nTwo.", "One.\n\nTwo."),
    ('<message id="3" speaker="Ada" kind="AI persona">\nOne.\n</message>', "One.\n"),
    ('<message speaker="Ada">One.</message>\n<message speaker="Ada">\r\nTwo.</message>', "One.\nTwo."),
    ("One.\n</message>", "One.\n"),
    ("One. </mess", "One. </mess"),
]


@pytest.mark.parametrize(("text", "stays"), OWN)
@given(cuts=CUTS)
def test_the_own_label_and_tag_are_taken_out(text: str, stays: str, cuts: list[int]) -> None:
    assert filtered(chunked(text, cuts)) == (stays, None, [])


MARKERS = [
    ("One.\n[[pass: why]]", "One.\n", [Marker("pass", ": why")]),
    ("[[PASS]]", "", [Marker("pass", "")]),
    ("One.\n[[mention @Bo: look]]\nTwo.", "One.\n\nTwo.", [Marker("mention", "@Bo: look")]),
    ("[[mention @Bo: look\r\nTwo.", "\r\nTwo.", [Marker("mention", "@Bo: look")]),
    ("[[mention @Bo: look", "", [Marker("mention", "@Bo: look")]),
    ("[[pass: " + "a" * 900 + "]]\nB", "\nB", [Marker("pass", ": " + "a" * 599)]),
    ("```\n[[pass: x]]\n```", "```\n[[pass: x]]\n```", []),
]


@pytest.mark.parametrize(("text", "stays", "markers"), MARKERS, ids=range(len(MARKERS)))
@given(cuts=st.lists(st.integers(0, 1_000), max_size=12))
def test_markers_are_taken_out_and_kept(
    text: str, stays: str, markers: list[Marker], cuts: list[int]
) -> None:
    assert filtered(chunked(text, cuts)) == (stays, None, markers)


SIGNS = """Bob|Ada|Bo|BOB|:|\uff1a|**|*|_|[|]|<|>|[[pass|]]|```|~~~|`|a|3|- |> |(Sceptic)"""
PIECES = st.sampled_from(["\n", "\r\n", "|", " ", '<message speaker="', '"', "</message>", *SIGNS.split("|")])


@given(st.lists(PIECES, max_size=24).map("".join), st.booleans(), st.data())
@example("Ada:\n\nBob:", False, None)
def test_any_chunking_gives_the_same(text: str, is_midline: bool, data: st.DataObject | None) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=10)) if data else [1, 3]
    whole = filtered([text], is_midline=is_midline)
    assert filtered(chunked(text, cuts), is_midline=is_midline) == whole
    assert filtered(list(text), is_midline=is_midline) == whole


@given(st.lists(PIECES, max_size=60).map("".join))
def test_no_more_is_held_than_the_longest(text: str) -> None:
    lines = ScriptLines(Voice("Ada"), OTHERS, keywords=("pass",))
    for character in text:
        lines.feed(character)
        assert len(lines._held) <= LONGEST


@given(st.text(st.characters(exclude_characters=":\uff1a<[`~"), max_size=200), CUTS)
def test_text_without_a_sign_of_it_is_untouched(text: str, cuts: list[int]) -> None:
    assert filtered(chunked(text, cuts))[:2] == (text, None)
