"""A connection to a room: what it opens with, commands, and how it ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from pytest_django import Settings

from rooms import livetext, snapshots
from rooms.access import Seat
from rooms.database import in_database
from rooms.livetext import Piece
from rooms.models import Event, Installation, Participant
from rooms.tests.people import SOME_ID, Workshop
from rooms.tests.sockets import end_hub, opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture(autouse=True)
async def _hub() -> AsyncIterator[None]:
    yield
    await end_hub()


def epoch() -> str:
    return str(Installation.objects.get(pk=1).epoch)


async def test_hello_then_a_snapshot(workshop: Workshop) -> None:
    snapshot = await in_database(workshop.bob.snapshot, workshop.id)
    async with opened(workshop.bob, workshop.id) as socket:
        hello, first = await socket.receive(), await socket.receive()
    assert (hello["type"], hello["n"], hello["seq"], hello["room"]) == ("hello", 1, None, workshop.id)
    assert hello["data"]["you"] == snapshot["you"]
    assert hello["data"]["epoch"] == snapshot["epoch"]
    assert hello["data"]["head_seq"] == snapshot["head_seq"]
    assert (first["type"], first["n"], first["seq"]) == ("snapshot", 2, None)
    assert first["data"] == snapshot


async def test_hello_then_what_was_missed(workshop: Workshop) -> None:
    await in_database(workshop.alice.say, workshop.id, "While you were away")
    events = await in_database(workshop.bob.events, workshop.id, 1)
    query = f"?after=1&epoch={await in_database(epoch)}"
    async with opened(workshop.bob, workshop.id, query) as socket:
        assert (await socket.receive())["type"] == "hello"
        missed = [await socket.receive() for _ in events]
    assert [{k: v for k, v in frame.items() if k != "n"} for frame in missed] == events
    assert [frame["n"] for frame in missed] == list(range(2, 2 + len(events)))


async def test_nothing_missed_is_nothing_but_hello(workshop: Workshop) -> None:
    head_seq = (await in_database(workshop.bob.snapshot, workshop.id))["head_seq"]
    query = f"?after={head_seq}&epoch={await in_database(epoch)}"
    async with opened(workshop.bob, workshop.id, query) as socket:
        assert (await socket.receive())["type"] == "hello"
        await socket.command("message.post", text="Hi")
    assert "snapshot" not in [frame["type"] for frame in socket.frames]


async def test_what_happens_while_it_opens_is_not_lost(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = snapshots.room_snapshot

    def then_somebody_speaks(seat: Seat) -> dict[str, Any]:
        snapshot = read(seat)
        workshop.alice.say(workshop.id, "Just then")
        return snapshot

    monkeypatch.setattr(snapshots, "room_snapshot", then_somebody_speaks)
    async with opened(workshop.bob, workshop.id) as socket:
        assert [(await socket.receive())["type"] for _ in range(2)] == ["hello", "snapshot"]
        event = await socket.expect("message.posted")
    assert event["data"]["message"]["text"] == "Just then"
    assert event["n"] == 3


@pytest.mark.parametrize(
    "after", ["", "x", "-1", "999", "9" * 30, "%00", "1.5", "٣", "²"], ids=lambda after: repr(after)
)
async def test_a_number_that_helps_nobody_is_answered_with_a_snapshot(workshop: Workshop, after: str) -> None:
    query = f"?after={after}&epoch={await in_database(epoch)}"
    async with opened(workshop.bob, workshop.id, query) as socket:
        assert [(await socket.receive())["type"] for _ in range(2)] == ["hello", "snapshot"]


@pytest.mark.parametrize("given", ["", "x", SOME_ID])
async def test_another_epoch_is_answered_with_a_snapshot(workshop: Workshop, given: str) -> None:
    async with opened(workshop.bob, workshop.id, f"?after=1&epoch={given}") as socket:
        assert [(await socket.receive())["type"] for _ in range(2)] == ["hello", "snapshot"]


async def test_a_restored_database_is_a_new_epoch(workshop: Workshop) -> None:
    query = f"?after=1&epoch={await in_database(epoch)}"
    written = Piece(uuid4(), 9, 0, "One", "One")
    await livetext.append([written])
    await in_database(call_command, "restored")
    assert livetext.read(written.message_id) is None
    async with opened(workshop.bob, workshop.id, query) as socket:
        hello, second = await socket.receive(), await socket.receive()
    assert second["type"] == "snapshot"
    assert hello["data"]["epoch"] == second["data"]["epoch"] == await in_database(epoch)


async def test_a_gap_too_large_or_pruned_is_answered_with_a_snapshot(
    workshop: Workshop, settings: Settings
) -> None:
    query = f"?after=0&epoch={await in_database(epoch)}"
    async with opened(workshop.bob, workshop.id, query) as socket:
        assert [(await socket.receive())["type"] for _ in range(2)] == ["hello", "room.changed"]
    settings.ROOMS_REPLAY_EVENTS = 2
    async with opened(workshop.bob, workshop.id, query) as socket:
        assert [(await socket.receive())["type"] for _ in range(2)] == ["hello", "snapshot"]
    settings.ROOMS_REPLAY_EVENTS = 1_000
    await in_database(Event.objects.filter(room=workshop.uuid, seq=1).delete)
    async with opened(workshop.bob, workshop.id, query) as socket:
        assert [(await socket.receive())["type"] for _ in range(2)] == ["hello", "snapshot"]


async def test_strangers_are_closed_out_alike(workshop: Workshop) -> None:
    async with opened(workshop.bob, workshop.id) as socket:
        assert (await socket.receive())["type"] == "hello"
    for person in (workshop.carol, None):
        for room_id in (workshop.id, str(uuid4())):
            async with opened(person, room_id) as socket:
                assert await socket.closed() == 4001
                assert socket.frames == []


async def test_somebody_who_left_is_a_stranger(workshop: Workshop) -> None:
    seat = Participant.objects.filter(room=workshop.uuid, name="Bob")
    await in_database(seat.update, left_at="2026-01-01T00:00Z")
    async with opened(workshop.bob, workshop.id) as socket:
        assert await socket.closed() == 4001


async def test_commands_are_answered_and_heard_by_all(workshop: Workshop) -> None:
    async with opened(workshop.alice, workshop.id) as hers, opened(workshop.bob, workshop.id) as his:
        for socket in (hers, his):  # else the snapshot may hold the message already
            await socket.expect("snapshot")
        command_id = str(uuid4())
        answer = await his.command("message.post", command_id, text="Hi 🌷")
        assert answer["type"] == "command.ok"
        for socket in (hers, his):
            posted = [f for f in socket.frames if f["type"] == "message.posted"]
            event = posted[0] if posted else await socket.expect("message.posted")
            assert event["data"]["message"]["id"] == answer["result"]["message_id"]
            assert event["data"]["message"]["command_id"] == command_id
        assert await his.command("message.post", command_id, text="Hi 🌷") == answer
        assert (await his.command("message.post", command_id, text="Bye"))["code"] == "command_reused"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (" ", "malformed"),
        ("{", "malformed"),
        ("null", "malformed"),
        ("[]", "malformed"),
        ("7", "malformed"),
        ('"hello"', "malformed"),
        ("{}", "malformed"),
        ("[" * 50_000, "malformed"),
        ("9" * 5_000, "malformed"),
        ({"type": "message.post", "command_id": "x", "data": {}}, "malformed"),
        ({"type": "hub.frames", "command_id": SOME_ID, "data": {}}, "unknown_command"),
        ({"type": "message.post", "command_id": SOME_ID, "data": {"text": "a\x00"}}, "invalid"),
        ({"type": "message.post", "command_id": SOME_ID, "data": {"text": "\ud800"}}, "invalid"),
        ("x" * 400_001, "too_large"),
    ],
    ids=lambda part: repr(part)[:40],
)
async def test_a_bad_frame_is_refused_and_the_socket_lives(workshop: Workshop, frame: Any, code: str) -> None:
    async with opened(workshop.bob, workshop.id) as socket:
        await socket.expect("snapshot")
        await socket.send(frame)
        assert (await socket.expect("command.error"))["data"]["code"] == code
        assert (await socket.command("message.post", text="Still here"))["type"] == "command.ok"


async def test_bytes_are_refused_and_the_socket_lives(workshop: Workshop) -> None:
    async with opened(workshop.bob, workshop.id) as socket:
        await socket.send_bytes(b"{}")
        assert (await socket.expect("command.error"))["data"]["code"] == "too_large"
        assert (await socket.command("message.post", text="Still here"))["type"] == "command.ok"


@pytest.mark.parametrize("n", [None, "1", -1, 1.5, True, 10**30, [], {}])
async def test_a_strange_acknowledgement_does_no_harm(workshop: Workshop, n: Any) -> None:
    async with opened(workshop.bob, workshop.id) as socket:
        await socket.send({"type": "ack", "n": n})
        await socket.send({"type": "ack"})
        assert (await socket.command("message.post", text="Still here"))["type"] == "command.ok"


async def test_a_failure_inside_is_told_without_its_words(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(workshop.bob, workshop.id) as socket:
        with monkeypatch.context() as patch:
            patch.setattr("rooms.commands.once", lambda *_: 1 / 0)
            answer = await socket.command("message.post", text="Hi")
        assert answer["code"] == "unavailable"
        assert "division" not in json.dumps(answer)
        assert (await socket.command("message.post", text="Hi"))["type"] == "command.ok"


async def test_commands_of_one_socket_are_done_in_order(workshop: Workshop) -> None:
    async with opened(workshop.bob, workshop.id) as socket:
        ids = [str(uuid4()) for _ in range(10)]
        for number, command_id in enumerate(ids):
            frame = {"type": "message.post", "command_id": command_id, "data": {"text": str(number)}}
            await socket.send(frame)
        answered = [(await socket.expect("command.ok"))["data"]["command_id"] for _ in ids]
    assert answered == ids
    snapshot = await in_database(workshop.bob.snapshot, workshop.id)
    assert [m["text"] for m in snapshot["messages"]] == [str(number) for number in range(10)]


async def test_heartbeats_tell_the_head(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_HEARTBEAT_SECONDS = 0.05
    async with opened(workshop.bob, workshop.id) as socket:
        snapshot = await socket.expect("snapshot")
        heartbeat = await socket.expect("heartbeat")
        assert (heartbeat["seq"], heartbeat["data"]) == (None, {"head_seq": snapshot["data"]["head_seq"]})
        await in_database(workshop.alice.say, workshop.id, "Hi")
        while (await socket.expect("heartbeat"))["data"]["head_seq"] == snapshot["data"]["head_seq"]:
            pass


async def test_a_flood_is_closed(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_INBOUND_PER_SECOND = 1.0
    async with opened(workshop.alice, workshop.id) as hers, opened(workshop.bob, workshop.id) as his:
        for _ in range(20):  # five seconds' worth, and more than a busy machine lets come in
            await his.send("{}")
        assert await his.closed() == 4029
        assert (await hers.command("message.post", text="Quiet again"))["type"] == "command.ok"


async def test_a_room_larger_than_the_bound_opens_whole(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_WINDOW_HELD_BYTES = 5_000
    for _ in range(4):
        await in_database(workshop.alice.say, workshop.id, "x" * 4_000)
    async with opened(workshop.bob, workshop.id) as socket:
        assert (await socket.receive())["type"] == "hello"
        snapshot = await socket.expect("snapshot")
        assert len(snapshot["data"]["messages"]) == 4
        assert (await socket.command("message.post", text="Hi"))["type"] == "command.ok"


async def test_who_logs_out_is_closed(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_HEARTBEAT_SECONDS = 0.05
    async with opened(workshop.bob, workshop.id) as bob, opened(workshop.alice, workshop.id) as alice:
        await bob.expect("snapshot")
        await in_database(workshop.bob.client.logout)
        assert await bob.closed() == 4001
        await alice.expect("heartbeat")


async def test_acknowledgements_are_no_flood(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_INBOUND_PER_SECOND = 1.0
    async with opened(workshop.bob, workshop.id) as socket:
        for _ in range(50):
            await socket.send({"type": "ack", "n": 1})
        assert (await socket.command("message.post", text="Still here"))["type"] == "command.ok"


async def test_a_client_that_does_not_acknowledge_is_closed_and_others_are_whole(
    workshop: Workshop, settings: Settings
) -> None:
    settings.ROOMS_WINDOW_FRAMES = 6
    settings.ROOMS_WINDOW_HELD_BYTES = 3_000
    # Two of them would fill the window before the first message is acknowledged.
    settings.ROOMS_HEARTBEAT_SECONDS = 3600.0
    async with opened(workshop.alice, workshop.id) as slow, opened(workshop.bob, workshop.id) as well:
        for socket in (slow, well):
            await socket.expect("snapshot")
        said = []
        for number in range(12):
            await in_database(workshop.bob.say, workshop.id, f"{number} " + "x" * 300)
            event = await well.expect("message.posted")
            said.append(event["data"]["message"]["text"].split()[0])
            await well.send({"type": "ack", "n": event["n"]})
        assert said == [str(number) for number in range(12)]
        assert await slow.closed() == 4008
        assert len(slow.frames) == 6
