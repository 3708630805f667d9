"""Finding messages. Cases are numbered in docs/memory.md."""

from __future__ import annotations

import string
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.models import Message, Participant, Room
from rooms.search import finding, index
from rooms.search.terms import Group, excerpt, parse_query, terms
from rooms.tests.people import Workshop

pytestmark = pytest.mark.django_db


def found(workshop: Workshop, query: str, **asked: Any) -> list[str]:
    room = Room.objects.get(pk=workshop.uuid)
    return [m.text for m in finding.find(room, parse_query(query), limit=50, **asked)]


def test_s01_words_in_any_order_and_case(workshop: Workshop) -> None:
    for text in ("The Budget is 40 euros.", "No budget yet", "Euros and budget"):
        workshop.bob.say(workshop.id, text)
    assert found(workshop, "euros BUDGET") == ["Euros and budget", "The Budget is 40 euros."]


def test_s02_beginnings_of_words(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "We deployed it, and rolled back.")
    assert found(workshop, "depl roll")
    assert not found(workshop, "ployed")


def test_s03_a_phrase_in_quotation_marks(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "red green blue")
    workshop.bob.say(workshop.id, "blue green red")
    assert found(workshop, '"red green"') == ["red green blue"]
    assert not found(workshop, '"red gree"')


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Café crème à Zürich", "cafe zurich"),
        ("CAFE CREME", "crème"),
        ("我们昨天决定推迟发布。", "决定"),
        ("昨日、リリースを延期しました", "リリース"),
        ("어제 결제 서비스를 미뤘습니다", "결제"),
        ("เราตัดสินใจเลื่อนการเปิดตัว", "เลื่อน"),
        ("Решили перенести ВЫПУСК", "выпуск"),
        ("قررنا تأجيل الإطلاق", "تأجيل"),
        ("हमने कल तय किया", "तय"),
        ("Done 🎉 and shipped 👩\u200d💻", "🎉"),
        ("Done 🎉 and shipped 👩\u200d💻", "👩\u200d💻"),
        ("see https://example.org/a-b_c?x=12", "a-b_c"),
        ("run `manage.py migrate --plan`", "manage.py"),
        ("version 1.2.3-rc4", "1.2.3"),
        ("ﬁle named Ｐａｒｌｅｙ", "file parley"),
        ("it's Ada’s turn", "ada’s"),
    ],
)
def test_s04_every_script_and_sign(workshop: Workshop, text: str, query: str) -> None:
    workshop.bob.say(workshop.id, "Something else altogether")
    workshop.bob.say(workshop.id, text)
    assert found(workshop, query) == [text]


@pytest.mark.parametrize(
    "query",
    [
        *(
            "",
            "   ",
            '"',
            "'",
            "AND",
            "NOT x OR",
            "a*",
            "NEAR(a b)",
            "col:x",
            "-x",
            "(",
            "\\",
            "q\x00z",
            "%_",
        ),
        *("--;", "'; DROP TABLE rooms_message; --", "x" * 10_000, '"' * 10_000, "& | ! <->", "\ud800"),
        *("𝕬𝖉𝖆", "\u200d\ufe0f"),
    ],
)
def test_s05_a_hostile_query_finds_nothing_and_does_no_harm(workshop: Workshop, query: str) -> None:
    workshop.bob.say(workshop.id, "Good morning")
    assert found(workshop, query) == []
    assert found(workshop, "morning") == ["Good morning"]


def test_s06_an_operator_is_a_word(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "This and that, not those")
    assert found(workshop, "AND NOT")


def test_s07_what_changes_is_found_as_it_is_now(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "The port is 8042")
    Message.objects.filter(room=workshop.uuid).update(text="The port is 9100")
    assert found(workshop, "8042") == []
    assert found(workshop, "9100") == ["The port is 9100"]
    Message.objects.filter(room=workshop.uuid).delete()
    assert found(workshop, "port") == []


def test_s08_a_reply_is_found_once_it_is_finished(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "Half of it")
    message = Message.objects.get(room=workshop.uuid)
    Message.objects.filter(pk=message.pk).update(state="streaming", text="Half of a rep")
    assert found(workshop, "half") == []
    Message.objects.filter(pk=message.pk).update(state="complete", text="Half of a reply")
    assert found(workshop, "reply") == ["Half of a reply"]


def test_s09_a_room_finds_only_its_own(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "secret plan")
    other = Workshop(str(workshop.alice.create_room("Other").body["room_id"]), "", *[workshop.alice] * 3)
    other.alice.say(other.id, "secret party")
    assert found(workshop, "secret") == ["secret plan"]
    assert found(other, "secret") == ["secret party"]
    Room.objects.filter(pk=workshop.uuid).delete()
    assert found(other, "secret") == ["secret party"]


def test_s10_pages_go_back_from_the_newest(workshop: Workshop) -> None:
    for number in range(7):
        workshop.bob.say(workshop.id, f"note {number}")
    room = Room.objects.get(pk=workshop.uuid)
    seen, before = [], None
    while page := finding.find(room, parse_query("note"), before=before, limit=3):
        seen += [m.text for m in page]
        before = page[-1].seq
    assert seen == [f"note {number}" for number in reversed(range(7))]


def test_s11_of_one_participant(workshop: Workshop) -> None:
    for _ in range(30):
        workshop.alice.say(workshop.id, "a note")
    workshop.bob.say(workshop.id, "my note")
    for _ in range(30):
        workshop.alice.say(workshop.id, "a note")
    bob = Message.objects.get(text="my note").participant_id
    room = Room.objects.get(pk=workshop.uuid)
    assert [m.text for m in finding.find(room, parse_query("note"), by=bob, limit=2)] == ["my note"]


def test_s12_the_index_is_made_again_where_it_is_missing(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "Here before")
    assert not index.ensure(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # checks its foreign keys at a transaction's end
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    index.drop(connection)
    Message.objects.filter(room=workshop.uuid).update(text="Here before and since")
    assert index.ensure(connection)
    assert found(workshop, "since") == ["Here before and since"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a table made anew is SQLite's way of changing one")
def test_s13_a_table_made_anew_is_indexed_again(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "Here before")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER rooms_words_update")
    assert index.ensure(connection)
    workshop.bob.say(workshop.id, "Here since")
    assert found(workshop, "here") == ["Here since", "Here before"]


def test_s14_the_index_is_used(workshop: Workshop) -> None:
    """In a room of some size: of a few rows PostgreSQL rather reads all, by whichever index it likes."""
    owner = Participant.objects.get(room=workshop.uuid, name="Alice")
    room = Room.objects.get(pk=workshop.uuid)
    now = timezone.now()
    Message.objects.bulk_create(
        Message(room=room, participant=owner, seq=1_000 + at, text="a" if at == 7 else "b", created_at=now)
        for at in range(2_000)
    )
    if connection.vendor == "sqlite":
        sql = f"SELECT rowid FROM {index.WORDS} WHERE {index.WORDS} MATCH 'a'"
        sql += " AND rowid >= 5 AND rowid < 9 ORDER BY rowid DESC"
    else:
        sql = finding._POSTGRES.replace("%s::tsquery", "'a'::tsquery").replace("room_id = %s", "true")
        sql = sql.replace("seq < %s", "true").replace("LIMIT %s", "LIMIT 5")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE rooms_message")
        cursor.execute(f"EXPLAIN {'QUERY PLAN' if connection.vendor == 'sqlite' else ''} {sql}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "VIRTUAL TABLE INDEX" in plan or index.POSTGRES_INDEX in plan, plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="compares PostgreSQL's terms with Python's")
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    text=st.text(
        st.one_of(
            st.sampled_from(string.printable + "éßÄøñΑλφάйЁіїğşıłđ“”…–—「」、。،؟।"),
            st.characters(min_codepoint=1, max_codepoint=0x2FFF, exclude_categories=("Cs", "Cn", "Co")),
            st.sampled_from("我们決定リリースカ서비스ตัดสินใจ🎉👩💻👍🏽❤\ufe0f\u200d𝕬ﬁＰ"),
        )
    )
)
def test_s15_both_databases_have_the_same_terms(workshop: Workshop, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {index.POSTGRES_FUNCTION}(%s, %s)::text", [UUID(int=0), text])
        vector = cursor.fetchone()[0]
    lexemes = {part.rsplit("':", 1)[0].strip("'") for part in vector.split(" ")} - {"room" + "0" * 32}
    assert lexemes == set(terms(text))


@given(st.text(), st.text())
def test_s16_an_excerpt_shows_a_part_of_the_text(text: str, query: str) -> None:
    pieces = excerpt(text, parse_query(query), 40)
    shown = "".join(piece for piece, _ in pieces)
    assert shown.strip("…") in text or shown in text
    assert len(shown) <= 42


def test_s17_an_excerpt_marks_what_was_looked_for() -> None:
    text = "word " * 100 + "the Budgets are here " + "word " * 100
    pieces = excerpt(text, parse_query("budget"), 60)
    assert ("Budgets", True) in pieces
    assert [pieces[0], pieces[-1]] == [("…", False)] * 2


def test_s18_what_is_asked_is_bounded() -> None:
    assert len(parse_query(" ".join(f"w{n}" for n in range(100)))) <= 12
    assert parse_query("foo-bar") == (Group(("foo", "bar"), is_prefix=True),)


def test_s19_over_rest_for_members_alone(workshop: Workshop) -> None:
    for number in range(5):
        workshop.bob.say(workshop.id, f"The budget, part {number}")
    path = f"/api/rooms/{workshop.id}/search/"
    page = workshop.alice.get(path, q="budg", limit=2)
    assert [hit["message"]["text"][-1] for hit in page.body["results"]] == ["4", "3"]
    assert {"text": "budget", "is_match": True} in page.body["results"][0]["excerpt"]
    rest = workshop.alice.get(page.body["next"])
    assert [hit["message"]["text"][-1] for hit in rest.body["results"]] == ["2", "1"]
    assert workshop.alice.get(rest.body["next"]).body["next"] is None
    bob = workshop.alice.snapshot(workshop.id)["you"]["participant_id"]
    assert workshop.alice.get(path, q="budget", by=bob).body["results"] == []
    assert workshop.carol.get(path, q="budget").code == "not_found"


@pytest.mark.parametrize(
    "asked", [{"q": "a\x00b"}, {"q": "x" * 10_000}, {"q": "x", "by": "me"}, {"before": "-1"}]
)
def test_s20_what_cannot_be_looked_for_is_refused(workshop: Workshop, asked: dict[str, str]) -> None:
    assert workshop.bob.get(f"/api/rooms/{workshop.id}/search/", **asked).code == "invalid"
    assert workshop.bob.get(f"/api/rooms/{workshop.id}/search/", q='"').body == {"results": [], "next": None}
