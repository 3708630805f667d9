"""Who is mentioned: plain typed names in any script, and nothing that only looks like one."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from rooms.mentions import EVERYONE, Mentionable, parse_mentions

NAMES: dict[str, tuple[str, ...]] = {
    "ada": ("Ada", "Engineer"),
    "ada lovelace": ("Ada Lovelace",),
    "ada-marie": ("Ada-Marie",),
    "bo": ("Bo",),
    "bob": ("Bob",),
    "zoe": ("Zoë",),
    "jose": ("José García",),
    "li": ("李雷",),
    "lilei": ("李",),
    "sakura": ("さくら",),
    "minsu": ("김민수",),
    "olga": ("Ольга",),
    "noa": ("נועה",),
    "omar": ("عمر",),
    "priya": ("प्रिया",),
    "somchai": ("สมชาย",),
    "strasse": ("Straße",),
    "r2": ("R2-D2",),
    "jr": ("Sam Jr.",),
    "cpp": ("C++",),
    "tulip": ("🌷",),
    "istanbul": ("İpek",),
}
CAST = [Mentionable(UUID(int=i), names) for i, names in enumerate(NAMES.values())]
KEYS = list(NAMES)


def mentioned(text: str) -> list[str]:
    found = parse_mentions(text, CAST)
    return [KEYS[participant.int] for participant in found.ids] + (["*"] if found.is_everyone else [])


UTTERANCES: list[tuple[str, list[str]]] = [
    ("@Ada", ["ada"]),
    ("你好@李雷", ["li"]),
    ("ありがとう@さくらさん", ["sakura"]),
    ("你好@Ada谢谢", []),  # a Latin name ends where its word does
    ("@ada", ["ada"]),
    ("@ADA!", ["ada"]),
    ("Hello @Ada, how are you?", ["ada"]),
    ("(@Ada)", ["ada"]),
    ('"@Ada"', ["ada"]),
    ("@Ada: yes", ["ada"]),
    ("@Ada's idea", ["ada"]),
    ("@Ada\u2019s idea", ["ada"]),
    ("@Ada.", ["ada"]),
    ("@Ada…", ["ada"]),
    ("@Ada- no", ["ada"]),
    ("@Ada—no", ["ada"]),
    ("**@Ada**", ["ada"]),
    ("> @Ada", ["ada"]),
    ("@Ada/@Bo", ["ada", "bo"]),
    ("@Ada,@Bo", ["ada", "bo"]),
    ("@Bo then @Ada then @Bo", ["bo", "ada"]),
    ("@Ada @Ada", ["ada"]),
    ("cc:@Ada", ["ada"]),
    ("@engineer", ["ada"]),
    ("@Engineer and @Ada", ["ada"]),
    ("@Ada Lovelace", ["ada lovelace"]),
    ("@Ada   Lovelace", ["ada lovelace"]),
    ("@Ada\nLovelace", ["ada"]),
    ("@Ada Love", ["ada"]),
    ("@Ada-Marie", ["ada-marie"]),
    ("@Ada-Maria", []),
    ("@Ada_", []),
    ("@Adam", []),
    ("@Ada2", []),
    ("@Bob", ["bob"]),
    ("@Bo b", ["bo"]),
    ("Ada", []),
    ("@ Ada", []),
    ("@", []),
    ("@@Ada", ["ada"]),
    (r"\@Ada", []),
    ("mail ada@Ada.org", []),
    ("x@Ada", []),
    ("a.b+c@bo", []),
    ("+@Ada", []),
    ("`@Ada`", []),
    ("``a ` @Ada``", []),
    ("`@Ada` but @Bo", ["bo"]),
    ("it`s @Ada", ["ada"]),
    ("```\n@Ada\n```", []),
    ("```py\n@Ada\n```\n@Bo", ["bo"]),
    ("~~~\n@Ada\n~~~\n@Bo", ["bo"]),
    ("```\n@Ada", []),
    ("````\n```\n@Ada\n````\n@Bo", ["bo"]),
    ("https://example.org/@Ada", []),
    ("see https://example.org/x?y=@Ada @Bo", ["bo"]),
    ("@Zoë", ["zoe"]),
    ("@Zoe\u0308", ["zoe"]),
    ("@ZOË", ["zoe"]),
    ("@José García", ["jose"]),
    ("@José", []),
    ("\uff20Ada", ["ada"]),
    ("@\uff21\uff44\uff41", ["ada"]),
    ("@STRASSE", ["strasse"]),
    ("@李雷你好", ["li"]),
    ("@李你好", ["lilei"]),
    ("你好 @李雷,在吗", ["li"]),
    ("@さくらさん", ["sakura"]),
    ("@김민수씨", ["minsu"]),
    ("@สมชายครับ", ["somchai"]),
    ("Привет, @Ольга!", ["olga"]),
    ("@ОЛЬГА", ["olga"]),
    ("@Ольгаша", []),
    ("שלום @נועה", ["noa"]),
    ("@עמר", []),
    ("@عمر،", ["omar"]),
    ("@प्रिया जी", ["priya"]),
    ("@R2-D2", ["r2"]),
    ("@R2", []),
    ("@Sam Jr. said", ["jr"]),
    ("@C++?", ["cpp"]),
    ("@🌷 hi", ["tulip"]),
    ("@all", ["*"]),
    ("@All, please", ["*"]),
    ("@everyone!", ["*"]),
    ("@everyone @Ada", ["ada", "*"]),
    ("@allan", []),
    ("@all-hands", []),
    ("`@all`", []),
    ("mail@all.org", []),
    (r"\@everyone", []),
]


@pytest.mark.parametrize(("text", "expected"), UTTERANCES, ids=[repr(text) for text, _ in UTTERANCES])
def test_utterances(text: str, expected: list[str]) -> None:
    assert mentioned(text) == expected


# The front end shows mentions by the same cases (lib/markdown/mentions.test.ts).
_SHARED = json.loads(
    (Path(settings.BASE_DIR) / "frontend/src/lib/markdown/mentions.cases.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("text", "shown"), _SHARED["cases"], ids=[repr(case[0]) for case in _SHARED["cases"]]
)
def test_what_is_shown_as_a_mention_is_one(text: str, shown: list[str]) -> None:
    found = parse_mentions(
        text, [Mentionable(UUID(int=i), (name,)) for i, name in enumerate(_SHARED["names"])]
    )
    assert [found.text[span.start : span.end] for span in found.spans] == shown


def test_a_participant_called_all_is_nobody_special_to_the_parser() -> None:
    found = parse_mentions("@all", [Mentionable(UUID(int=7), ("All",))])
    assert (found.ids, found.is_everyone) == ((UUID(int=7),), False)


def test_an_empty_room_mentions_nobody() -> None:
    assert parse_mentions("@Ada @all", []).ids == ()
    assert parse_mentions("@Ada @all", []).is_everyone


def test_many_participants_are_no_burden() -> None:
    cast = [Mentionable(UUID(int=i), (f"Person {i}",)) for i in range(300)]
    assert parse_mentions("@Person 299 and @Person 29", cast).ids == (UUID(int=299), UUID(int=29))


# What people really type between mentions, so that the interesting cases are met.
PIECES = st.sampled_from(
    [
        "@",
        "@@",
        "`",
        "```",
        "~~~",
        "\n",
        " ",
        "\\",
        ".",
        "a@b.org",
        "https://x.org/",
        "all",
        "@all",
        "😀",
        "\u200d",
    ]
    + [name for names in NAMES.values() for name in names]
    + [f"@{name}" for names in NAMES.values() for name in names]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=20).map("".join))


@given(TEXTS)
def test_any_text_gives_participants_of_the_room_once_each(text: str) -> None:
    found = parse_mentions(text, CAST)
    assert set(found.ids) <= {m.id for m in CAST}
    assert len(found.ids) == len(set(found.ids))
    assert parse_mentions(text, CAST) == found
    assert parse_mentions(text, CAST[::-1]) == found


@given(st.text(alphabet=st.characters(codec=None), max_size=30), st.lists(st.text(max_size=8), max_size=4))
def test_no_names_and_no_text_can_break_it(text: str, names: list[str]) -> None:
    parse_mentions(text, [Mentionable(UUID(int=1), tuple(names))])
    parse_mentions("@" + "".join(names) + text, [Mentionable(UUID(int=1), tuple(names))])


@given(st.lists(PIECES.filter(lambda piece: "`" not in piece and "~" not in piece), max_size=12).map("".join))
def test_what_stands_in_a_closed_fence_mentions_nobody(text: str) -> None:
    assert mentioned(f"```\n{text}\n```") == []
    assert mentioned(f"```\n{text}\n```\n@Ada") == ["ada"]


@given(st.sampled_from([name for names in NAMES.values() for name in names] + list(EVERYONE)))
def test_an_address_mentions_nobody(name: str) -> None:
    assert mentioned(f"somebody@{name}") == []
    assert mentioned(f"some.body+tag@{name}.org") == []


@given(st.sampled_from(KEYS), TEXTS.filter(lambda text: not set(text) & set("`~\\@") and "http" not in text))
def test_a_name_after_a_space_is_a_mention(key: str, before: str) -> None:
    assert key in mentioned(f"{before} @{NAMES[key][0]}\n")
