"""A web process that ends says so, lets requests end, and takes no new sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rooms.draining import IS_DRAINING, Draining
from rooms.hub import hub
from rooms.tests.people import Workshop
from rooms.tests.sockets import end_hub, opened
from rooms.tests.tasks import end_tasks


@pytest.fixture(autouse=True)
async def _hub() -> AsyncIterator[None]:
    yield
    await end_hub()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_server")
async def test_a_socket_is_told_when_to_come_back_and_closed_as_restarting(workshop: Workshop) -> None:
    async with opened(workshop.alice, workshop.id) as alice, opened(workshop.bob, workshop.id) as bob:
        for socket in (alice, bob):
            await socket.expect("snapshot")
        hub().retire(2.0)
        for socket in (alice, bob):
            told = await socket.expect("reconnect")
            assert 0 <= told["data"]["after_ms"] <= 2_000
            assert await socket.closed() == 1012


class Application:
    """Holds every request until it is let go, and remembers what it was told."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.scopes: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        await self.go.wait()


async def _receive() -> dict[str, str]:
    return {"type": "websocket.connect"}


async def test_it_waits_for_requests_and_turns_new_sockets_away() -> None:
    application = Application()
    draining = Draining(application)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    request = asyncio.create_task(draining({"type": "http"}, _receive, send))
    await asyncio.sleep(0)
    ending = asyncio.create_task(draining.drain())
    await asyncio.sleep(0)
    await draining({"type": "websocket"}, _receive, send)
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    assert sent[1]["code"] == 1012
    late = asyncio.create_task(draining({"type": "http"}, _receive, send))
    await asyncio.sleep(0)
    assert [scope[IS_DRAINING] for scope in application.scopes] == [False, True]
    assert not ending.done()
    application.go.set()
    await asyncio.wait_for(ending, 20)
    await end_tasks(request, late)


async def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.draining.PATIENCE_SECONDS", 0.1)
    draining = Draining(Application())
    request = asyncio.create_task(draining({"type": "http"}, _receive, _receive))
    await asyncio.sleep(0)
    await asyncio.wait_for(draining.drain(), 20)
    await end_tasks(request)
