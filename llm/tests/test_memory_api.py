"""People read and correct what their room remembers. Cases are numbered in docs/memory.md."""

from __future__ import annotations

from uuid import uuid4

import pytest

from llm.models import Correction
from rooms.models import Participant
from rooms.tests.people import Json, Person, Workshop

pytestmark = pytest.mark.django_db


def memory(by: Person, workshop: Workshop) -> Json:
    answer = by.get(f"/api/rooms/{workshop.id}/memory/")
    assert answer.status == 200, answer
    return answer.body


def test_m01_a_member_adds_edits_and_removes_a_line(workshop: Workshop) -> None:
    said = workshop.alice.say(workshop.id, "I am the treasurer.")
    path = f"/api/rooms/{workshop.id}/memory/lines/"
    made = workshop.bob.post(path, {"text": "Alice is the treasurer.", "cites": [said]})
    assert made.status == 201
    (line,) = memory(workshop.alice, workshop)["lines"]
    bob = Participant.objects.get(name="Bob")
    assert line["id"] == made.body["line_id"]
    assert (line["origin"], line["by"]) == ("person", str(bob.pk))
    assert [cite["message_id"] for cite in line["cites"]] == [said]
    changed = workshop.alice.patch(f"{path}{line['id']}/", {"text": "Alice keeps the money."})
    assert changed.body["lines"][0]["text"] == "Alice keeps the money."
    assert changed.body["lines"][0]["by"] == str(Participant.objects.get(name="Alice").pk)
    assert workshop.bob.delete(f"{path}{line['id']}/").status == 204
    assert memory(workshop.bob, workshop)["lines"] == []
    assert [row.action for row in Correction.objects.order_by("pk")] == ["add", "edit", "remove"]


def test_m02_a_viewer_reads_and_a_stranger_sees_nothing(workshop: Workshop) -> None:
    line = workshop.bob.command(workshop.id, "memory.add_line", text="A line.").body["line_id"]
    Participant.objects.filter(name="Bob").update(role="viewer")
    assert memory(workshop.bob, workshop)["lines"][0]["text"] == "A line."
    tries: list[Json] = [
        {"kind": "memory.add_line", "text": "No."},
        {"kind": "memory.edit_line", "line_id": line, "text": "No."},
        {"kind": "memory.remove_line", "line_id": line},
    ]
    for attempt in tries:
        assert workshop.bob.command(workshop.id, **attempt).code == "not_allowed"
        assert workshop.carol.command(workshop.id, **attempt).code == "not_found"
    assert workshop.carol.get(f"/api/rooms/{workshop.id}/memory/").code == "not_found"
    assert [line["text"] for line in memory(workshop.alice, workshop)["lines"]] == ["A line."]


@pytest.mark.parametrize("text", ["", "   ", "x" * 401, "a\x00b", "a\x1bb"])
def test_m03_a_line_has_visible_text(workshop: Workshop, text: str) -> None:
    assert workshop.bob.command(workshop.id, "memory.add_line", text=text).code == "invalid"
    assert workshop.bob.command(workshop.id, "memory.add_line", text="Fine").status == 200


def test_m04_a_line_and_its_messages_are_this_rooms(workshop: Workshop) -> None:
    other = str(workshop.alice.create_room("Other").body["room_id"])
    theirs = workshop.alice.command(other, "memory.add_line", text="Theirs").body["line_id"]
    said = workshop.alice.say(other, "Elsewhere")
    assert workshop.bob.command(workshop.id, "memory.edit_line", line_id=theirs, text="x").code == "not_found"
    missing = workshop.bob.command(workshop.id, "memory.remove_line", line_id=str(uuid4()))
    assert missing.code == "not_found"
    cited = workshop.bob.command(workshop.id, "memory.add_line", text="x", cites=[said])
    assert cited.code == "invalid"


def test_m05_an_archived_room_is_not_corrected(workshop: Workshop) -> None:
    workshop.bob.command(workshop.id, "memory.add_line", text="Before")
    workshop.alice.command(workshop.id, "room.archive")
    assert workshop.bob.command(workshop.id, "memory.add_line", text="After").code == "room_archived"
    assert len(memory(workshop.bob, workshop)["lines"]) == 1


def test_m06_a_hundred_lines_are_peoples(workshop: Workshop) -> None:
    for number in range(100):
        assert workshop.bob.command(workshop.id, "memory.add_line", text=f"Line {number}").status == 200
    assert workshop.bob.command(workshop.id, "memory.add_line", text="One more").code == "invalid"
    line = memory(workshop.bob, workshop)["lines"][0]["id"]
    assert workshop.bob.command(workshop.id, "memory.remove_line", line_id=line).status == 200
    assert workshop.bob.command(workshop.id, "memory.add_line", text="One more").status == 200


def test_m07_a_room_has_its_own_budget(workshop: Workshop) -> None:
    path = f"/api/rooms/{workshop.id}/"
    before = memory(workshop.bob, workshop)["budget"]
    assert workshop.alice.patch(path, {"memory_tokens": 3_000}).body["memory_tokens"] == 3_000
    assert memory(workshop.bob, workshop)["budget"] == 3_000
    assert workshop.alice.patch(path, {"memory_tokens": 10}).code == "invalid"
    assert workshop.bob.patch(path, {"memory_tokens": 4_000}).code == "not_allowed"
    assert workshop.carol.patch(path, {"memory_tokens": 4_000}).code == "not_found"
    assert workshop.alice.patch(path, {"memory_tokens": 0}).body["memory_tokens"] is None
    assert memory(workshop.bob, workshop)["budget"] == before
