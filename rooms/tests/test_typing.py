"""Who types is known to every process, for a moment."""

from __future__ import annotations

from uuid import uuid4

import pytest

from rooms import redis_clients, typing
from rooms.tests.tasks import until

pytestmark = pytest.mark.usefixtures("redis_server")


async def test_whoever_types_is_known_until_they_stop() -> None:
    room, alice, bob = uuid4(), uuid4(), uuid4()
    assert not typing.is_anybody_typing(room)
    typing.note(room, alice, is_typing=True)
    typing.note(room, bob, is_typing=True)
    await until(lambda: typing.is_anybody_typing(room))
    assert not typing.is_anybody_typing(uuid4())
    typing.note(room, alice, is_typing=False)
    typing.note(room, bob, is_typing=False)
    await until(lambda: not typing.is_anybody_typing(room))


async def test_whoever_vanishes_types_for_a_moment_only() -> None:
    room = uuid4()
    typing.note(room, uuid4(), is_typing=True)
    await until(lambda: typing.is_anybody_typing(room))
    left = redis_clients.blocking().ttl(typing._key(room))
    assert 0 <= left <= typing.TYPING_SECONDS
