"""The log: contiguous numbers, whole transactions, nothing told that did not happen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections, transaction

from rooms import commands, eventlog
from rooms.models import Event, Message, Room
from rooms.protocol.events import MessageDeltas, RoomChanged
from rooms.shaping import room_shape
from rooms.signals import events_committed
from rooms.tests.people import Json, Person, Workshop

pytestmark = pytest.mark.django_db(transaction=True)


class OnPurposeError(Exception):
    pass


def change(room: Room, name: str) -> None:
    room.name = name
    room.save(update_fields=["name"])
    eventlog.append(room.pk, RoomChanged(room=room_shape(room)))


def names(room: Room, after: int) -> list[str]:
    events = eventlog.replay(room.pk, after=after, limit=100)
    assert [event.seq for event in events] == list(range(after + 1, after + 1 + len(events)))
    return [event.data["room"]["name"] for event in events]


@pytest.fixture
def room(workshop: Workshop) -> Room:
    return Room.objects.get(pk=workshop.uuid)


def test_events_of_one_transaction_are_numbered_in_order_and_broadcast_once(
    room: Room, broadcasts: list[Json]
) -> None:
    base = eventlog.head(room.pk)
    with eventlog.transaction():
        change(room, "One")
        change(room, "Two")
        assert broadcasts == []
    assert names(room, base) == ["One", "Two"]
    assert [(e["seq"], e["data"]["room"]["name"]) for e in broadcasts] == [
        (base + 1, "One"),
        (base + 2, "Two"),
    ]


def test_a_broadcast_is_the_event_that_a_replay_gives(workshop: Workshop, broadcasts: list[Json]) -> None:
    workshop.bob.say(workshop.id, "Hi \u2028 🌷 </script>")
    workshop.bob.command(workshop.id, "participant.rename", name="Robert")
    assert [e["type"] for e in broadcasts] == ["message.posted", "participant.changed"]
    assert workshop.alice.events(workshop.id, after=broadcasts[0]["seq"] - 1) == broadcasts


def test_nested_transactions_join_the_outermost(room: Room, broadcasts: list[Json]) -> None:
    base = eventlog.head(room.pk)
    with eventlog.transaction():
        change(room, "Outer")
        with eventlog.transaction():
            change(room, "Inner")
        assert eventlog.head(room.pk) == base, "the number is taken last"
        change(room, "Outer again")
    assert names(room, base) == ["Outer", "Inner", "Outer again"]
    assert len(broadcasts) == 3


def test_two_rooms_in_one_transaction_are_numbered_each(room: Room, alice: Person) -> None:
    other = Room.objects.get(pk=alice.create_room("Other").body["room_id"])
    bases = eventlog.head(room.pk), eventlog.head(other.pk)
    with eventlog.transaction():
        change(room, "One")
        change(other, "Another")
        change(room, "Two")
    assert names(room, bases[0]) == ["One", "Two"]
    assert names(other, bases[1]) == ["Another"]


def test_what_is_rolled_back_leaves_no_event_and_no_broadcast(room: Room, broadcasts: list[Json]) -> None:
    base = eventlog.head(room.pk)
    with pytest.raises(OnPurposeError), eventlog.transaction():  # noqa: PT012 (the block is the transaction)
        change(room, "Phantom")
        raise OnPurposeError
    assert (eventlog.head(room.pk), broadcasts) == (base, [])
    room.refresh_from_db()
    assert room.name == "Workshop"
    with eventlog.transaction():
        change(room, "Real")
    assert names(room, base) == ["Real"]


def test_a_transaction_around_it_that_fails_takes_the_events_with_it(
    room: Room, broadcasts: list[Json]
) -> None:
    base = eventlog.head(room.pk)
    with pytest.raises(OnPurposeError), transaction.atomic():  # noqa: PT012
        with eventlog.transaction():
            change(room, "Phantom")
        raise OnPurposeError
    assert (eventlog.head(room.pk), broadcasts) == (base, [])


def test_appending_needs_a_transaction(room: Room) -> None:
    count = Event.objects.count()
    with pytest.raises(RuntimeError, match=r"needs an open eventlog\.transaction"):
        change(room, "Nowhere")
    assert Event.objects.count() == count
    with eventlog.transaction():
        change(room, "Somewhere")
    assert Event.objects.count() == count + 1


def test_upper_apps_hear_after_the_commit_and_can_do_no_harm(
    room: Room, broadcasts: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[UUID, list[str]]] = []

    def listen(room_id: UUID, events: list[eventlog.Committed], **_: Any) -> None:
        assert not transaction.get_connection().in_atomic_block
        heard.append((room_id, [event.type for event in events]))
        raise OnPurposeError

    events_committed.connect(listen)
    try:
        with eventlog.transaction():
            change(room, "One")
    finally:
        events_committed.disconnect(listen)
    assert heard == [(room.pk, ["room.changed"])]
    assert len(broadcasts) == 1


def test_a_whisper_has_no_number_and_is_not_kept(room: Room, broadcasts: list[Json]) -> None:
    base = eventlog.head(room.pk)
    eventlog.whisper(room.pk, MessageDeltas(deltas=[]))
    assert [(e["type"], e["seq"]) for e in broadcasts] == [("message.deltas", None)]
    assert eventlog.head(room.pk) == base


def test_four_writers_leave_no_gap(workshop: Workshop) -> None:
    """Two hundred posts, two by two in one room: every number once, in commit order."""
    people = [workshop.alice, workshop.bob]
    base = eventlog.head(workshop.uuid)
    start = Barrier(4, timeout=10)

    def post(thread: int) -> None:
        viewer = people[thread % 2].viewer
        try:
            start.wait()
            for number in range(50):
                frame = {
                    "type": "message.post",
                    "command_id": str(uuid4()),
                    "data": {"text": f"{thread}.{number}"},
                }
                commands.execute(viewer, workshop.uuid, commands.parse_frame(frame))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(post, range(4)))
    assert eventlog.head(workshop.uuid) == base + 200
    events = eventlog.replay(workshop.uuid, after=base, limit=1_000)
    assert [event.seq for event in events] == list(range(base + 1, base + 201))
    for thread in range(4):
        texts = [e.data["message"]["text"] for e in events]
        own = [text for text in texts if text.startswith(f"{thread}.")]
        assert own == [f"{thread}.{number}" for number in range(50)]
    places = dict(Message.objects.filter(room=workshop.uuid).values_list("id", "seq"))
    assert places == {UUID(e.data["message"]["id"]): e.seq for e in events}


def test_what_a_receiver_appends_after_the_commit_is_a_transaction_of_its_own(room: Room) -> None:
    base = eventlog.head(room.pk)

    def rename_again() -> None:
        with eventlog.transaction():
            change(room, "After")

    with eventlog.transaction():
        change(room, "Before")
        transaction.on_commit(rename_again)
    assert names(room, base) == ["Before", "After"]
