"""A program's socket: opened by its token, and no longer open than the token holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from django.contrib.auth import get_user_model
from pytest_django import Settings

from rooms.actions.tokens import create_token, revoke_token
from rooms.database import in_database
from rooms.models import ApiToken
from rooms.tests.people import Program, Workshop
from rooms.tests.sockets import end_hub, opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture(autouse=True)
async def _hub() -> AsyncIterator[None]:
    yield
    await end_hub()


def seated(workshop: Workshop, scope: Literal["read", "write"] = "write") -> tuple[ApiToken, Program]:
    """A program that joined the workshop, with its present token."""
    user_id = get_user_model().objects.create(username="bot").pk
    _, text = create_token(user_id=user_id, name="To join", scope="write", expires_at=None)
    assert Program("Bot", text).join(workshop.invite).status == 200
    row, text = create_token(user_id=user_id, name="To use", scope=scope, expires_at=None)
    return row, Program("Bot", text)


async def test_a_program_hears_and_speaks(workshop: Workshop) -> None:
    _, bot = await in_database(seated, workshop)
    async with opened(bot, workshop.id) as socket:
        assert (await socket.receive())["type"] == "hello"
        assert (await socket.command("message.post", text="Hello"))["type"] == "command.ok"
        posted = await socket.expect("message.posted")
        assert posted["data"]["message"]["text"] == "Hello"


async def test_a_token_that_reads_only_hears(workshop: Workshop) -> None:
    _, bot = await in_database(seated, workshop, "read")
    async with opened(workshop.alice, workshop.id) as alice, opened(bot, workshop.id) as socket:
        await socket.send({"type": "typing", "is_typing": True})
        refused = await socket.command("message.post", text="Hello")
        assert (refused["type"], refused["code"]) == ("command.error", "not_allowed")
        await in_database(workshop.bob.say, workshop.id, "Still there?")
        assert (await socket.expect("message.posted"))["data"]["message"]["text"] == "Still there?"
        await alice.expect("message.posted")
        assert "typing.changed" not in [frame["type"] for frame in alice.frames]


async def test_a_revoked_token_closes_its_socket(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_HEARTBEAT_SECONDS = 0.05
    row, bot = await in_database(seated, workshop)
    async with opened(bot, workshop.id) as socket:
        await socket.expect("heartbeat")
        await in_database(lambda: revoke_token(token=row))
        assert await socket.closed() == 4001


async def test_a_wrong_token_opens_nothing(workshop: Workshop) -> None:
    _, bot = await in_database(seated, workshop)
    bot.bearer += "x"
    async with opened(bot, workshop.id) as socket:
        assert await socket.closed() == 4001
