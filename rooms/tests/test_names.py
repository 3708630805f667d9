"""Names: what is one, and which two can't be in one room."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.models import Persona
from rooms.models import Participant
from rooms.names import RESERVED, clean_name, look_key, name_key
from rooms.tests.people import Person, Workshop


def rename(person: Person, workshop: Workshop, name: str) -> str:
    return person.command(workshop.id, "participant.rename", name=name, title="").code


def names(workshop: Workshop) -> list[str]:
    return [p["name"] for p in workshop.alice.snapshot(workshop.id)["participants"]]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Carol", "Carol"),
        ("  Carol \t Ann\n", "Carol Ann"),
        ("C\u200ba\u00adrol", "Carol"),
        ("\u202eCarol", "Carol"),
        ("\uff23arol", "Carol"),
        ("Zoe\u0308", "Zoë"),
        ("李雷", "李雷"),
        ("עדה", "עדה"),
        ("🌷", "🌷"),
        ("O'Neil-Smith Jr.", "O'Neil-Smith Jr."),
        ("7", "7"),
    ],
)
def test_a_name_is_shown_clean(workshop: Workshop, typed: str, shown: str) -> None:
    assert rename(workshop.bob, workshop, typed) == ""
    assert names(workshop) == ["Alice", shown]


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u200b\u200b",
        "...",
        "\x00",
        "a\ud800b",
        "@Carol",
        "Ca`rol",
        "\uff20all",
        "x" * 61,
        "\ufdfa" * 10,
        *RESERVED,
        *("ALL", "Every One", "syst\u0435m", "p\u0430rley", "\uff41\uff4c\uff4c", "h e r e"),
    ],
)
def test_what_is_no_name_is_refused(workshop: Workshop, name: str) -> None:
    before = workshop.alice.snapshot(workshop.id)
    assert rename(workshop.bob, workshop, name) == "invalid"
    assert workshop.carol.join(workshop.invite, name=name).code == "invalid"
    assert workshop.alice.snapshot(workshop.id) == before
    assert rename(workshop.bob, workshop, "Robert") == ""


@pytest.mark.parametrize(
    "name", ["Alice", "alice", "ALICE", " Alice ", "\uff21lice", "Al\u200bice", "A\u217cice"]
)
def test_a_name_that_is_taken(workshop: Workshop, name: str) -> None:
    assert rename(workshop.bob, workshop, name) == "name_taken"
    assert workshop.carol.join(workshop.invite, name=name).code == "name_taken"
    assert names(workshop) == ["Alice", "Bob"]


@pytest.mark.parametrize(
    "name",
    [
        "\u0410lice",  # Cyrillic capital A
        "Al\u0456ce",  # Ukrainian i
        "AIice",  # I for l
        "A1ice",
        "A|ice",
        "Al ice",
        "A-l-i-c-e",
        "Alíce",  # an accent is easily overlooked
        "Alice.",
        "\U0001d400lice!",
    ],
)
def test_a_name_that_imitates(workshop: Workshop, name: str) -> None:
    assert rename(workshop.bob, workshop, name) == "name_imitates"
    assert workshop.carol.join(workshop.invite, name=name).code == "name_imitates"
    assert names(workshop) == ["Alice", "Bob"]


@pytest.mark.parametrize("name", ["Ali", "Alicia", "Alice B", "Malice", "Alyce", "Al", "Алиса"])
def test_a_name_that_is_only_similar_is_fine(workshop: Workshop, name: str) -> None:
    assert rename(workshop.bob, workshop, name) == ""
    assert names(workshop) == ["Alice", name]


def test_a_personas_name_and_alias_are_taken_too(alice: Person, bob: Person, ada: Persona) -> None:
    room_id = alice.create_room(persona_ids=[str(ada.pk)]).body["room_id"]
    invite = alice.snapshot(room_id)["room"]["invite"]
    assert bob.join(invite, name="ada").code == "name_taken"
    assert bob.join(invite, name="engineer").code == "name_taken"
    assert bob.join(invite, name="\u0410d\u0430").code == "name_imitates"
    assert bob.join(invite, name="Eng\u0456neer").code == "name_imitates"
    assert bob.join(invite, name="Adam").status == 200


def test_renaming_oneself_tells_the_room_and_nobody_else_can(workshop: Workshop) -> None:
    before = workshop.alice.snapshot(workshop.id)["head_seq"]
    answer = workshop.bob.command(workshop.id, "participant.rename", name="Robert", title=" Cook ")
    assert answer.status == 200
    [event] = workshop.alice.events(workshop.id, after=before)
    assert event["type"] == "participant.changed"
    assert (event["data"]["participant"]["name"], event["data"]["participant"]["title"]) == ("Robert", "Cook")
    assert rename(workshop.carol, workshop, "Robert") == "not_found"
    assert workshop.carol.join(workshop.invite, name="Bob").status == 200  # free again


def test_a_name_can_be_written_otherwise_by_its_owner(workshop: Workshop) -> None:
    assert rename(workshop.bob, workshop, "BOB") == ""
    assert rename(workshop.bob, workshop, "B0B") == ""
    assert names(workshop) == ["Alice", "B0B"]


def test_the_database_too_keeps_names_apart(workshop: Workshop) -> None:
    keys = Participant.objects.filter(room=workshop.uuid).values_list("name_key", flat=True)
    assert sorted(keys) == ["alice", "bob"]


@given(st.text(max_size=40))
def test_a_clean_name_is_clean_and_keeps_its_keys(text: str) -> None:
    try:
        name = clean_name(text)
    except ValueError:
        return
    assert clean_name(name) == name
    assert unicodedata.is_normalized("NFKC", name)
    assert name_key(name) == name_key(text)
    assert look_key(name) == look_key(text)
