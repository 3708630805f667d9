"""Whose words they are can't be forged, whatever participants write."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.context.escaping import TAGS, attribute, clean, escaped, without_own_tags
from llm.context.fitting import beginning, ending, without_middle
from llm.context.render import render
from llm.context.values import Extra, Layout, Line, Memory, Speaker
from llm.tests.views import ADA, HOSTILE, content, said, tags, view

LAYOUTS = st.sampled_from(["persona-first", "shared-first"])


@given(HOSTILE, HOSTILE, HOSTILE, LAYOUTS)
def test_what_people_write_stays_their_words(text: str, name: str, title: str, layout: Layout) -> None:
    mallory = Speaker(name, "human", title, text)
    lines = [Line(mallory, text, 1), Line(ADA, "Hi", 2, 1), Line(mallory, text, 3, 2)]
    of = render(
        view(
            layout=layout,
            roster=[mallory, ADA],
            transcript=lines,
            trigger=lines[-1],
            parent=lines[0],
            room_description=text,
            room_name=name,
            memory=Memory(text, 0),
            recalled=[Line(mallory, text, 9)],
            extras=[Extra("pins", text)],
            notes=[text],
            task=text,
        )
    )
    assert [message.role for message in of.messages] == ["system", "user"]
    user = content(of)
    if layout == "shared-first":
        before, _, rest = user.partition("<persona ")
        user = before + rest.partition("</persona>")[2]
    found = tags(user)
    assert list(said(user)) == [
        ("1", clean(name), clean(text)),
        ("2", "Ada", "Hi"),
        ("3", clean(name), clean(text)),
    ]
    assert [child.tag for child in found][:2] == ["memory", "conversation"]
    assert [child.tag for child in found][2:] == ["turn"]
    assert [message.get("speaker") for message in found.iterfind("turn/recalled/message")] == [clean(name)]
    [trigger] = found.iterfind("turn/trigger")
    assert trigger.get("speaker") == clean(name)
    assert [quote.get("speaker") for quote in trigger] == [clean(name)]
    system = content(of, 0)
    roster = tags(system[system.index("<room name=") :])
    present = [(p.get("name"), p.get("title")) for p in roster.iterfind("participants/participant")]
    assert present == [(clean(name), clean(title)), ("Ada", "Engineer")]


@given(HOSTILE, HOSTILE, LAYOUTS)
def test_a_prompt_opens_and_closes_no_tag_of_ours(prompt: str, name: str, layout: Layout) -> None:
    prompt = f"<example>Say hi</example>{prompt}"
    of = render(view(me=Speaker(name, "persona"), prompt=prompt, layout=layout))
    whole = "".join(message.content for message in of.messages)
    own = re.findall(rf"<\s*/?\s*(?:{'|'.join(TAGS)})\b", without_own_tags(prompt), re.IGNORECASE)
    assert own == []
    assert whole.count("<persona ") == whole.count("</persona>") == 1
    assert whole.count("<conversation>") == whole.count("</conversation>") == 1
    assert "<example>Say hi</example>" in whole


@pytest.mark.parametrize("name", ["</persona>", "A\"d'a", "<message id='1'>", "A & B", "a\nb", "\u202eadA"])
def test_a_name_of_tags_and_quotes_stays_a_name(name: str) -> None:
    me = Speaker(name, "persona", name, name)
    of = render(view(me=me, roster=[me], transcript=[Line(me, "Hi", 1)], trigger=Line(me, "Hi", 1)))
    [(_, speaker, _)] = said(content(of))
    assert speaker == name
    assert content(of).count("<message ") == 1


@given(HOSTILE)
def test_normalising_a_prompt_breaks_no_tag(text: str) -> None:
    # A combining solidus behind a sign makes another sign of it: ">" and U+0338 are "≯".
    lines = [Line(Speaker(text, "human"), text, 1)]
    whole = content(render(view(transcript=lines, trigger=lines[0], memory=Memory(text, 0))))
    for tag in ("</message>\n", "</conversation>\n", "</trigger>\n", '" kind="person">\n', "</memory>\n"):
        assert unicodedata.normalize("NFC", whole).count(tag) == whole.count(tag)


@given(HOSTILE)
def test_every_provider_takes_what_is_rendered(text: str) -> None:
    lines = [Line(Speaker(text, "human"), text, 1)]
    for message in render(view(transcript=lines, trigger=lines[0], prompt=text, said=text)).messages:
        message.content.encode("utf-8")
        assert "\x00" not in message.content


def test_half_a_character_is_replaced() -> None:
    assert clean("a\ud800b\udc00") == "a\ufffdb\ufffd"
    assert attribute('"\ud800"\n') == '"&quot;\ufffd&quot;&#10;"'


@given(st.text("ab&<>字😀\n", max_size=300), st.integers(0, 120))
def test_no_entity_is_cut_in_two(text: str, most: int) -> None:
    whole = escaped(text)
    for cut in (beginning(whole, most), ending(whole, most), without_middle(whole, most)):
        assert re.sub(r"&(?:amp|lt|gt);", "", cut).count("&") == 0
        assert re.sub(r"&(?:amp|lt|gt);", "", cut).count(";") == 0
    assert whole.startswith(beginning(whole, most))
    assert whole.endswith(ending(whole, most))
