"""`<think>…</think>` at the very start of a reply is split off, whatever its chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.speaker import Speaker
from llm.tests.chunks import CUTS, chunked

ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


def heard(chunks: list[str], name: str = "Ada", before: str = "") -> tuple[str, str]:
    speaker = Speaker(name, "Engineer", before=before)
    parts = [*(speaker.say(chunk) for chunk in chunks), speaker.rest()]
    return "".join(thought for thought, _ in parts), "".join(said for _, said in parts)


@given(
    st.sampled_from(["<think>", "<thinking>", " \n<think>", "<THINK>"]),
    ANY.filter(lambda text: "</" not in text),
    st.text("abc `<>/", max_size=30).map(lambda text: f"x{text}"),
    CUTS,
)
def test_thinking_and_text_come_apart(tag: str, thought: str, said: str, cuts: list[int]) -> None:
    closing = tag.strip().lower().replace("<", "</")
    assert heard(chunked(f"{tag}{thought}{closing}\n\n{said}", cuts)) == (thought, said)


@given(st.text("<think>/ `a\n", max_size=60), CUTS)
def test_any_chunking_gives_the_same(text: str, cuts: list[int]) -> None:
    assert heard(chunked(text, cuts)) == heard([text])


@pytest.mark.parametrize(
    "text",
    [
        "`<think>` is a tag",
        "```html\n<think>no</think>\n```",
        "Well. <think>no</think>",
        "<thinker>no</thinker>",
        "<thin",
        "<",
        "a </think> b",
    ],
)
def test_other_text_is_untouched(text: str) -> None:
    assert heard(list(text)) == ("", text)


@pytest.mark.parametrize(
    ("text", "thought", "said"),
    [
        ("<think>Hm. No end", "Hm. No end", ""),
        ("<think>Hm</thi", "Hm</thi", ""),
        ("<think></think>Yes", "", "Yes"),
        ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
        ("<think>Ada: hm</think>\nAda: Yes", "Ada: hm", "Yes"),
        ("<think>a\x00b</think>Yes", "a\ufffdb", "Yes"),
    ],
)
def test_edges(text: str, thought: str, said: str) -> None:
    assert heard(list(text)) == (thought, said)


def test_text_that_goes_on_keeps_its_space() -> None:
    assert heard([" and", " more"], before="One") == ("", " and more")


def test_thinking_of_the_provider_is_cleaned() -> None:
    speaker = Speaker("Ada")
    assert speaker.think("a\x00\ud83d") == ("a\ufffd", "")
    assert speaker.think("\ude00") == ("😀", "")
    assert speaker.think("b\ud83d") == ("b", "")
    assert speaker.rest() == ("\ufffd", "")
