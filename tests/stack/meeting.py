"""Alice and Bob in a room with personas, and what tests wait for there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.stack.client import Person, Room
from tests.stack.stack import Stack
from tests.stack.state import RoomState

LONG = " ".join(f"word{k}" for k in range(400))


@asynccontextmanager
async def meeting(stack: Stack, *personas: str) -> AsyncIterator[tuple[Room, Room]]:
    """Alice's and Bob's sockets in a new room with these personas."""
    async with Person(stack.base_url, "Alice") as alice, Person(stack.base_url, "Bob") as bob:
        room_id = await alice.create_room(personas=list(personas))
        async with alice.open(room_id) as hers:
            await bob.join(hers.state.room["invite"])
            async with bob.open(room_id) as his:
                # Told by another thread, and maybe later than the answer to his joining.
                await hers.wait(_has_bob, "Bob")
                yield hers, his


def _has_bob(room: RoomState) -> bool:
    return any(participant["name"] == "Bob" for participant in room.participants.values())


def ended(name: str, state: str) -> Callable[[RoomState], Any]:
    """Whether a turn of the persona ended so, and its message with it."""

    def look(room: RoomState) -> list[Any]:
        ended_turns = [turn for turn in room.turns_of(name) if turn["state"] == state]
        return ended_turns if not any(m["state"] == "streaming" for m in room.messages_of(name)) else []

    return look


def streaming(name: str, characters: int) -> Callable[[RoomState], Any]:
    return lambda room: [m for m in room.messages_of(name) if len(m["text"]) > characters]
