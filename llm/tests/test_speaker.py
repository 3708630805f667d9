"""A reply does not begin with the name of its speaker, however its text comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.speaker import OwnName
from llm.tests.chunks import CUTS, chunked


def shown(chunks: list[str], name: str = "Ada", title: str = "Engineer") -> str:
    own_name = OwnName(name, title)
    return "".join([own_name.feed(chunk) for chunk in chunks]) + own_name.rest()


PREFIXES = [
    "Ada:",
    "ada:",
    "**Ada:**",
    "**Ada**:",
    "*Ada:*",
    "__Ada__:",
    "[Ada]:",
    "<Ada>:",
    "Ada (Engineer):",
    "**Ada (engineer):**",
    "[Ada (AI persona)]:",
    "Ada\uff1a",
]


@given(st.sampled_from(PREFIXES), st.sampled_from([" ", "\n\n", "  "]), st.text(max_size=30), CUTS)
def test_the_own_name_is_taken_off_once_under_any_chunking(
    prefix: str, space: str, text: str, cuts: list[int]
) -> None:
    assert shown(chunked(f"{prefix}{space}{text}", cuts)) == text.lstrip()


@pytest.mark.parametrize(
    "text",
    [
        "Ada",
        "Ada is my name: Ada.",
        "Adam: hello",
        "Ada's view: no",
        "Ada::Type is one",
        "Ada://host",
        "**Ada: look** here",
        "Ada (as I said before): no",
        "Bo: hello",
        "[Ada](https://example.org): a link",
        "Hello. Ada: hi",
        "**bold** begins",
        "",
    ],
)
@given(cuts=CUTS)
def test_what_merely_begins_like_it_is_untouched(text: str, cuts: list[int]) -> None:
    assert shown(chunked(text, cuts)) == text


@given(st.text(max_size=60).filter(lambda text: ":" not in text and "\uff1a" not in text), CUTS)
def test_text_without_a_colon_is_untouched(text: str, cuts: list[int]) -> None:
    assert shown(chunked(text, cuts)) == text


@given(st.text("AdaBo*[]()_ \n", max_size=80))
def test_no_more_is_held_than_the_longest_prefix(text: str) -> None:
    own_name = OwnName("Ada", "Engineer")
    shown_length = 0
    for length, character in enumerate(text, 1):
        shown_length += len(own_name.feed(character))
        assert length - shown_length <= len("**Ada (AI persona):**")


def test_only_the_first_name_is_taken_off_and_a_bare_name_is_nothing() -> None:
    assert shown(["Ada: Ada: hi"]) == "Ada: hi"
    assert shown(["Ada:"]) == ""
    assert shown(["Http://example.org"], name="Http") == "Http://example.org"
