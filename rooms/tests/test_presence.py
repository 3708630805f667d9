"""Who is connected, and who is writing: told at once, never kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from pytest_django import Settings

from rooms import eventlog, redis_clients
from rooms.database import in_database
from rooms.models import Event, Participant, Receipt
from rooms.protocol.events import PresenceChanged
from rooms.tests.people import Json, Person, Workshop
from rooms.tests.sockets import Socket, end_hub, opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture(autouse=True)
async def _hub() -> AsyncIterator[None]:
    yield
    await end_hub()


def id_of(person: Person, workshop: Workshop) -> str:
    return str(person.snapshot(workshop.id)["you"]["participant_id"])


async def ids(workshop: Workshop) -> tuple[str, str]:
    """Alice's and Bob's."""
    alice = await in_database(id_of, workshop.alice, workshop)
    return alice, await in_database(id_of, workshop.bob, workshop)


async def present(socket: Socket, wanted: set[str]) -> None:
    """Reads until the socket was told that exactly these are here."""
    while set((await socket.expect("presence.changed"))["data"]["present_ids"]) != wanted:
        pass


def told(socket: Socket, kind: str) -> list[Json]:
    return [frame["data"] for frame in socket.frames if frame["type"] == kind]


async def test_hello_tells_who_is_here_and_others_are_told_who_came_and_went(workshop: Workshop) -> None:
    alice, bob = await ids(workshop)
    async with opened(workshop.alice, workshop.id) as hers:
        assert (await hers.expect("hello"))["data"]["present_ids"] == [alice]
        async with opened(workshop.bob, workshop.id) as his:
            assert set((await his.expect("hello"))["data"]["present_ids"]) == {alice, bob}
            await present(hers, {alice, bob})
        await present(hers, {alice})
    assert told(hers, "presence.changed")[-1] == {"present_ids": [alice]}


async def test_a_person_with_two_tabs_is_present_until_the_last_one_closes(
    workshop: Workshop, settings: Settings
) -> None:
    # One that looked before Bob came may be told after his coming.
    settings.ROOMS_HEARTBEAT_SECONDS = 3600.0
    alice, bob = await ids(workshop)
    async with opened(workshop.alice, workshop.id) as hers:
        # Her own coming was told: from here on whatever is told is about Bob.
        await present(hers, {alice})
        async with opened(workshop.bob, workshop.id) as one:
            await present(hers, {alice, bob})
            async with opened(workshop.bob, workshop.id) as two:
                await two.expect("snapshot")
            # Whatever the closed tab caused was told before this.
            await one.command("message.post", text="Still here")
            await hers.expect("message.posted")
            assert all(bob in event["present_ids"] for event in told(hers, "presence.changed")[1:])
        await present(hers, {alice})


async def test_a_stranger_is_nobody_who_is_here(workshop: Workshop) -> None:
    alice, _ = await ids(workshop)
    async with opened(workshop.carol, workshop.id) as socket:
        assert await socket.closed() == 4001
    async with opened(workshop.alice, workshop.id) as hers:
        assert (await hers.expect("hello"))["data"]["present_ids"] == [alice]


async def test_the_heartbeat_mends_what_a_dead_process_left(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_HEARTBEAT_SECONDS = 0.05
    alice, bob = await ids(workshop)
    key = f"parley:present:{workshop.id}"
    await redis_clients.asynchronous().zadd(key, {f"{bob}:gone": 10**15})
    async with opened(workshop.alice, workshop.id) as hers:
        assert set((await hers.expect("hello"))["data"]["present_ids"]) == {alice, bob}
        # Its time comes.
        await redis_clients.asynchronous().zadd(key, {f"{bob}:gone": 1})
        await present(hers, {alice})


async def test_without_redis_a_room_opens_and_presence_is_unknown(
    workshop: Workshop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise ConnectionRefusedError

    settings.ROOMS_HEARTBEAT_SECONDS = 0.05
    monkeypatch.setattr(redis_clients, "asynchronous", away)
    async with opened(workshop.alice, workshop.id) as hers:
        assert (await hers.expect("hello"))["data"]["present_ids"] is None
        await hers.expect("heartbeat")
        assert (await hers.command("message.post", text="Hi"))["type"] == "command.ok"


async def test_typing_is_whispered_and_kept_nowhere(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.consumers.attendance.TYPING_SECONDS", 3600.0)  # however slow the machine is
    _, bob = await ids(workshop)
    before = await in_database(Event.objects.count), await in_database(Receipt.objects.count)
    async with opened(workshop.alice, workshop.id) as hers, opened(workshop.bob, workshop.id) as his:
        await hers.expect("snapshot")
        for is_typing in (True, True, True, False, False):
            await his.send({"type": "typing", "is_typing": is_typing})
        for is_typing in (True, False):  # repeats are not passed on
            event = await hers.expect("typing.changed")
            assert event["seq"] is None
            assert event["data"] == {"participant_id": bob, "is_typing": is_typing}
        await his.send({"type": "typing", "is_typing": True})
        await hers.expect("typing.changed")
        assert [f["type"] for f in his.frames if f["type"].startswith("command.")] == []
    assert (await in_database(Event.objects.count), await in_database(Receipt.objects.count)) == before


async def test_whoever_goes_away_while_writing_writes_no_more(workshop: Workshop) -> None:
    _, bob = await ids(workshop)
    async with opened(workshop.alice, workshop.id) as hers:
        async with opened(workshop.bob, workshop.id) as his:
            await his.expect("snapshot")
            await his.send({"type": "typing", "is_typing": True})
            assert (await hers.expect("typing.changed"))["data"]["is_typing"] is True
        assert (await hers.expect("typing.changed"))["data"] == {"participant_id": bob, "is_typing": False}


async def test_a_viewer_and_a_strange_frame_say_nothing(workshop: Workshop) -> None:
    seat = Participant.objects.filter(room=workshop.uuid, name="Bob")
    async with opened(workshop.alice, workshop.id) as hers:
        await hers.expect("snapshot")
        async with opened(workshop.bob, workshop.id) as his:
            await his.expect("snapshot")
            nothing: list[Json] = []
            for strange in (None, 1, "true", nothing):
                await his.send({"type": "typing", "is_typing": strange})
            await his.send({"type": "typing"})
            assert (await his.command("message.post", text="Still here"))["type"] == "command.ok"
        await in_database(seat.update, role="viewer")
        async with opened(workshop.bob, workshop.id) as his:
            await his.expect("snapshot")
            await his.send({"type": "typing", "is_typing": True})
            assert (await his.command("message.post", text="May I?"))["code"] == "not_allowed"
        await hers.send({"type": "typing", "is_typing": True})  # a member's does come
        assert (await hers.expect("typing.changed"))["data"]["participant_id"] != await in_database(
            lambda: str(seat.get().pk)
        )
    assert len(told(hers, "typing.changed")) == 1


async def test_typing_counts_as_flooding(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_INBOUND_PER_SECOND = 1.0
    async with opened(workshop.bob, workshop.id) as his:
        for number in range(20):
            await his.send({"type": "typing", "is_typing": number % 2 == 0})
        assert await his.closed() == 4029


async def test_whispers_that_crossed_are_mended_by_the_heartbeat(
    workshop: Workshop, settings: Settings
) -> None:
    settings.ROOMS_HEARTBEAT_SECONDS = 0.05
    alice, bob = await ids(workshop)
    async with opened(workshop.alice, workshop.id) as hers, opened(workshop.bob, workshop.id) as his:
        await his.expect("snapshot")
        await present(hers, {alice, bob})
        # What Alice's process said before it knew of Bob, arriving last.
        eventlog.whisper(workshop.uuid, PresenceChanged(present_ids=[UUID(alice)]))
        await present(his, {alice})
        await present(his, {alice, bob})
