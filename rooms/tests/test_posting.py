"""Saying something, once, however often it is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections

from rooms import commands, eventlog
from rooms.access import access_room
from rooms.actions.messages import post_message
from rooms.models import Message, Participant, Receipt
from rooms.protocol.commands import MESSAGE_CHARACTERS
from rooms.tests.people import SOME_ID, Json, Person, Workshop


def test_a_message_is_an_event_with_its_place(workshop: Workshop) -> None:
    before = workshop.alice.snapshot(workshop.id)["head_seq"]
    command_id = str(uuid4())
    message_id = workshop.bob.say(workshop.id, "Good *morning*", command_id=command_id)
    [event] = workshop.alice.events(workshop.id, after=before)
    message = event["data"]["message"]
    assert (event["type"], event["seq"]) == ("message.posted", before + 1)
    assert message["id"] == message_id
    assert message["seq"] == before + 1
    assert message["command_id"] == command_id
    assert (message["text"], message["state"], message["error"]) == ("Good *morning*", "complete", None)
    snapshot = workshop.alice.snapshot(workshop.id)
    assert snapshot["messages"] == [message]
    assert snapshot["head_seq"] == before + 1


def test_only_members_speak(workshop: Workshop) -> None:
    for person in (workshop.carol, Person("Nobody")):
        person.session()
        assert person.command(workshop.id, "message.post", text="Hi").code == "not_found"
    assert workshop.alice.snapshot(workshop.id)["messages"] == []
    workshop.alice.say(workshop.id, "Hi")
    workshop.bob.say(workshop.id, "Hi")


def test_a_viewer_reads_and_does_not_speak(workshop: Workshop) -> None:
    Participant.objects.filter(room=workshop.uuid, name="Bob").update(role="viewer")
    assert workshop.bob.command(workshop.id, "message.post", text="Hi").code == "not_allowed"
    assert workshop.bob.snapshot(workshop.id)["messages"] == []
    assert workshop.alice.command(workshop.id, "message.post", text="Hi").status == 200


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("\n\n  indented\n", "  indented"),
        ("x" * MESSAGE_CHARACTERS, "x" * MESSAGE_CHARACTERS),
        ("🌷" * MESSAGE_CHARACTERS, "🌷" * MESSAGE_CHARACTERS),
        ("<b>&amp;</b> \u2028 \u202e", "<b>&amp;</b> \u2028 \u202e"),
        ("\x01\x7f", "\x01\x7f"),
    ],
    ids=["line ends", "blank lines around", "longest", "longest beyond the BMP", "markup", "controls"],
)
def test_text_is_kept_as_it_was_written(workshop: Workshop, sent: str, kept: str) -> None:
    workshop.bob.say(workshop.id, sent)
    assert [m["text"] for m in workshop.alice.snapshot(workshop.id)["messages"]] == [kept]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": ""},
        {"text": " \n\t "},
        {"text": "a\x00b"},
        {"text": "a\ud800b"},
        {"text": "x" * (MESSAGE_CHARACTERS + 1)},
        {"text": 7},
        {"text": None},
        {"text": ["Hi"]},
        {"text": "Hi", "surprise": 1},
        {"text": "Hi", "participant_id": SOME_ID},
        {"text": "Hi", "reply_to_id": "7"},
        {"text": "Hi", "reply_to_id": SOME_ID},
    ],
    ids=lambda data: repr(data)[:40],
)
def test_a_message_that_is_none_changes_nothing(workshop: Workshop, data: Json) -> None:
    before = workshop.alice.snapshot(workshop.id)
    answer = workshop.bob.command(workshop.id, "message.post", **data)
    assert (answer.status, answer.code) == (400, "invalid")
    assert workshop.alice.snapshot(workshop.id) == before
    assert workshop.bob.command(workshop.id, "message.post", text="Hi").status == 200


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"type": "message.post", "data": {"text": "Hi"}}, "malformed"),
        ({"type": "message.post", "command_id": "7", "data": {"text": "Hi"}}, "malformed"),
        ({"type": "message.post", "command_id": SOME_ID, "data": "Hi"}, "malformed"),
        (
            {"type": "message.post", "command_id": SOME_ID, "data": {"text": "Hi"}, "by": "x"},
            "malformed",
        ),
        ({"type": "x" * 65, "command_id": SOME_ID}, "malformed"),
        ({"type": None, "command_id": SOME_ID}, "malformed"),
        ({"command_id": SOME_ID}, "malformed"),
        ([], "malformed"),
        ("message.post", "malformed"),
        (None, "malformed"),
        ({"type": "message.unsay", "command_id": SOME_ID}, "unknown_command"),
        ({"type": "hub.frames", "command_id": SOME_ID}, "unknown_command"),
        ({"type": "__class__", "command_id": SOME_ID}, "unknown_command"),
        ({"type": "\x00", "command_id": SOME_ID}, "unknown_command"),
    ],
    ids=lambda part: repr(part)[:60],
)
def test_a_frame_that_is_no_command_changes_nothing(workshop: Workshop, frame: Any, code: str) -> None:
    before = workshop.alice.snapshot(workshop.id)
    receipts = Receipt.objects.count()
    answer = workshop.bob.post(f"/api/rooms/{workshop.id}/commands/", frame)
    assert (answer.status, answer.code) == (400, code)
    assert workshop.alice.snapshot(workshop.id) == before
    assert Receipt.objects.count() == receipts


def test_a_reply_names_a_message_of_this_room_only(workshop: Workshop) -> None:
    first = workshop.alice.say(workshop.id, "Who is there?")
    reply = workshop.bob.say(workshop.id, "Me", reply_to_id=first)
    other_room = workshop.alice.create_room("Other").body["room_id"]
    elsewhere = workshop.alice.say(other_room, "Secret")
    answer = workshop.bob.command(workshop.id, "message.post", text="Ha", reply_to_id=elsewhere)
    assert answer.code == "invalid"
    messages = workshop.alice.snapshot(workshop.id)["messages"]
    assert [(m["id"], m["reply_to_id"]) for m in messages] == [(first, None), (reply, first)]


def test_the_same_command_twice_is_one_row_and_one_answer(workshop: Workshop) -> None:
    command_id = str(uuid4())
    first = workshop.bob.command(workshop.id, "message.post", command_id, text="Hi")
    second = workshop.bob.command(workshop.id, "message.post", command_id, text="Hi")
    assert first == second
    assert first.status == 200
    assert len(workshop.alice.snapshot(workshop.id)["messages"]) == 1


def test_the_same_id_with_another_body_is_refused(workshop: Workshop) -> None:
    command_id = str(uuid4())
    workshop.bob.say(workshop.id, "Hi", command_id=command_id)
    before = workshop.alice.snapshot(workshop.id)
    other_room = workshop.bob.create_room("Other").body["room_id"]
    for answer in (
        workshop.bob.command(workshop.id, "message.post", command_id, text="Bye"),
        workshop.bob.command(workshop.id, "participant.rename", command_id, name="Robert"),
        workshop.bob.command(other_room, "message.post", command_id, text="Hi"),
    ):
        assert (answer.status, answer.code) == (409, "command_reused")
    assert workshop.alice.snapshot(workshop.id) == before
    assert workshop.bob.command(workshop.id, "message.post", command_id, text="Hi").status == 200


def test_a_receipt_is_its_actors_own(workshop: Workshop) -> None:
    command_id = str(uuid4())
    his = workshop.bob.say(workshop.id, "Hi", command_id=command_id)
    hers = workshop.alice.say(workshop.id, "Hi", command_id=command_id)
    assert his != hers
    assert workshop.carol.command(workshop.id, "message.post", command_id, text="Hi").code == "not_found"


def test_a_refused_command_leaves_its_id_free(workshop: Workshop) -> None:
    command_id = str(uuid4())
    assert workshop.bob.command(workshop.id, "message.post", command_id, text=" ").code == "invalid"
    assert workshop.bob.command(workshop.id, "message.post", command_id, text="Hi").status == 200


@pytest.mark.django_db(transaction=True)
def test_twins_at_the_same_moment_are_one_row(workshop: Workshop) -> None:
    """Both have passed the look for an earlier receipt, where the database lets them."""
    viewer = workshop.bob.viewer
    payload: Json = {"type": "message.post", "command_id": str(uuid4()), "data": {"text": "Hi"}}
    start = Barrier(4, timeout=10)

    def send(_: int) -> Json:
        try:
            start.wait()
            return commands.execute(viewer, workshop.uuid, commands.parse_frame(payload))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert Message.objects.filter(room=workshop.uuid).count() == 1
    assert Receipt.objects.filter(command_id=payload["command_id"]).count() == 1


def test_a_twin_that_commits_in_between_answers(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race of the test above made certain: the twin runs between look and receipt."""
    payload = {"type": "message.post", "command_id": str(uuid4()), "data": {"text": "Hi"}}
    frame = commands.parse_frame(payload)
    viewer = workshop.bob.viewer
    look = commands._earlier
    looks: list[Json | None] = []

    def blind_at_first(*args: Any) -> Json | None:
        if not looks:
            looks.append(None)
            return None
        return look(*args)

    first = commands.execute(viewer, workshop.uuid, frame)
    monkeypatch.setattr(commands, "_earlier", blind_at_first)
    assert commands.execute(viewer, workshop.uuid, frame) == first
    assert looks == [None]
    assert Message.objects.filter(room=workshop.uuid).count() == 1


def test_an_action_outside_of_a_transaction_of_its_own_joins_the_callers(workshop: Workshop) -> None:
    seat = access_room(workshop.bob.viewer, workshop.uuid, need="speak")
    with eventlog.transaction():
        first = post_message(by=seat, text="One", reply_to_id=None, command_id=None)
        second = post_message(by=seat, text="Two", reply_to_id=None, command_id=None)
        assert Message.objects.get(pk=first.pk).seq is None
    messages = workshop.alice.snapshot(workshop.id)["messages"]
    assert [(m["text"], m["seq"]) for m in messages] == [
        ("One", messages[0]["seq"]),
        ("Two", messages[0]["seq"] + 1),
    ]
    assert messages[1]["id"] == str(second.pk)
