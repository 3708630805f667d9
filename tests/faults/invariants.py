"""What holds after every fault, looked at in the database itself."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import psycopg

from tests.stack.client import Room
from tests.stack.stack import Stack
from tests.stack.state import Json, RoomState
from tests.stack.waiting import TimedOutError, until

_OPEN = {"queued", "running"}
# In SQLite and PostgreSQL alike; ids are compared as UUIDs.
_EVENTS = "SELECT seq, type, data FROM rooms_event WHERE room_id = {} ORDER BY seq"
_ROOM = "SELECT head_seq FROM rooms_room WHERE id = {}"
_MESSAGES = "SELECT id, seq, text, state, fence, {index}, turn_id FROM rooms_message WHERE room_id = {}"
_TURNS = "SELECT id, state, error_code, message_id, lease_until FROM llm_turn WHERE room_id = {}"

_ATTEMPTS = "SELECT attempt FROM llm_usageentry WHERE turn_id = {}"


def attempts_of(stack: Stack, turn_id: str) -> list[int]:
    """The attempts at a turn whose usage was recorded, which is the first thing of an end."""
    with _database(stack) as ask:
        return [attempt for [attempt] in ask(_ATTEMPTS, UUID(turn_id))]


def assert_all_stored(stack: Stack, room_id: str, acknowledged: set[str]) -> list[int]:
    """2. Event numbers are contiguous. 4. Everything that was acknowledged is stored, each message
    with the number of its own event, and nothing else. For rooms of people alone, however much is
    said in them; the events' numbers."""
    with _database(stack) as ask:
        events = [(seq, kind, _object(data)) for seq, kind, data in ask(_EVENTS, UUID(room_id))]
        messages = {str(_uuid(id_)): seq for id_, seq, *_ in ask(_MESSAGES, UUID(room_id))}
        [[head_seq]] = ask(_ROOM, UUID(room_id))
    numbers = [seq for seq, _, _ in events]
    assert numbers == list(range(1, head_seq + 1))
    assert set(messages) == acknowledged
    told = {data["message"]["id"]: seq for seq, kind, data in events if kind == "message.posted"}
    assert told == messages
    return numbers


async def assert_whole(stack: Stack, room: Room, *, is_pruned: bool = False) -> None:
    """1. The client's folded state equals the REST snapshot equals the database. 2. Event
    numbers are contiguous. 3. Every turn has ended, once, with at most one message.

    Of a log that was pruned only the newest events are there, which do not tell every turn's end.
    """
    fresh, stored = await _at_one_event(stack, room)
    assert room.state.comparable() == fresh.comparable()
    first = stored.events[0][0] if is_pruned else 1
    assert [seq for seq, _, _ in stored.events] == list(range(first, stored.head_seq + 1))
    _compare_messages(fresh, stored.messages)
    if is_pruned:
        assert first > 1
        return
    for turn in stored.turns:
        _look_at_turn(fresh, stored.events, stored.messages, turn)


class Shows(Protocol):
    """A client with what it knows of its room."""

    @property
    def state(self) -> RoomState: ...


async def assert_same(one: Shows, other: Shows) -> None:
    """They come to show the same. What works in the background may have told only one of them so far."""
    with suppress(TimedOutError):
        await until(lambda: one.state.comparable() == other.state.comparable(), "the same state")
    assert one.state.comparable() == other.state.comparable()


@dataclass(frozen=True)
class _Stored:
    """The rows of a room, read one after the other."""

    head_seq: int
    events: list[tuple[int, str, Json]]
    messages: list[Any]
    turns: list[Any]


async def _at_one_event(stack: Stack, room: Room) -> tuple[RoomState, _Stored]:
    """A snapshot and the rows behind the same event, which is the client's newest, too: a memory that is
    folded in the background may add one between two readings."""
    async with asyncio.timeout(30):
        while True:
            fresh = await _read(room)
            await until(lambda: room.state.head_seq >= fresh.head_seq, "the newest event")  # noqa: B023
            stored = _stored(stack, UUID(room.room_id))
            newest = stored.events[-1][0] if stored.events else 0
            if room.state.head_seq == fresh.head_seq == stored.head_seq == newest:
                return fresh, stored


def _stored(stack: Stack, room_id: UUID) -> _Stored:
    with _database(stack) as ask:
        [[head_seq]] = ask(_ROOM, room_id)
        events = [(seq, kind, _object(data)) for seq, kind, data in ask(_EVENTS, room_id)]
        return _Stored(head_seq, events, ask(_MESSAGES, room_id), ask(_TURNS, room_id))


async def _read(room: Room) -> RoomState:
    """The snapshot, and what is older than its page."""
    snapshot = await room.person.snapshot(room.room_id)
    fresh, page = RoomState(), snapshot
    fresh.replace(snapshot)
    while page["has_older"]:
        before = fresh.in_order[0]["seq"]
        page = await room.person.get(f"/api/rooms/{room.room_id}/messages/", before=before, limit=200)
        fresh.messages |= {message["id"]: message for message in page["messages"]}
        fresh.turns |= {turn["id"]: turn for turn in page["turns"]}
    return fresh


def _compare_messages(fresh: RoomState, rows: list[Any]) -> None:
    shown = {
        (m["id"], m["seq"], m["text"], m["state"], m["fence"], m["index"], m["turn_id"])
        for m in fresh.in_order
    }
    stored = {(str(_uuid(id_)), *rest, str(_uuid(turn)) if turn else None) for id_, *rest, turn in rows}
    assert shown == stored


def _look_at_turn(
    fresh: RoomState, events: list[tuple[int, str, Json]], messages: list[Any], row: Any
) -> None:
    turn_id, state, error_code, message_id, lease_until = row
    turn_id = _uuid(turn_id)
    told = [
        data["turn"]
        for _, kind, data in events
        if kind == "turn.changed" and UUID(data["turn"]["id"]) == turn_id
    ]
    first_end = next(i for i, turn in enumerate(told) if turn["state"] not in _OPEN)
    # Its usage may be told after its end, and nothing else.
    assert {turn["state"] for turn in told[first_end:]} == {state}, "one end, and the one that is stored"
    assert told[-1] == fresh.turns[str(turn_id)]
    assert (told[-1]["error"] or {"code": ""})["code"] == error_code
    assert lease_until is None
    own = [_uuid(message[0]) for message in messages if message[-1] and _uuid(message[-1]) == turn_id]
    assert own == ([_uuid(message_id)] if message_id else []), "at most one message, and the turn's own"
    finished = [
        data for _, kind, data in events if kind == "message.finished" and UUID(data["message"]["id"]) in own
    ]
    assert len(finished) == len(own)


@contextmanager
def _database(stack: Stack) -> Iterator[Any]:
    """`ask(sql, id)`: rows of the stack's database."""
    url = stack.environment.get("DATABASE_URL")
    if url:
        with psycopg.connect(url) as postgres:
            yield lambda sql, id_: postgres.execute(sql.format("%s", index='"index"'), [id_]).fetchall()
        return
    with closing(sqlite3.connect(f"file:{stack.directory}/db.sqlite3?mode=ro", uri=True)) as sqlite:
        yield lambda sql, id_: [
            list(row) for row in sqlite.execute(sql.format("?", index='"index"'), [id_.hex])
        ]


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _object(data: Any) -> Json:
    found: Json = json.loads(data) if isinstance(data, str) else data
    return found
