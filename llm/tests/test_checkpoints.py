"""When replies in the making are kept in the database, and which ones go together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from llm import turns
from llm.checkpoints import Checkpoints
from llm.models import Turn
from llm.publisher import tick_of
from llm.reply import Reply
from llm.tests.helpers import speaking
from rooms.models import Message
from rooms.tests.people import Workshop
from rooms.tests.tasks import database_work_is_done, end_tasks, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


class Keeping:
    """Stands for the database: what it was asked to keep. It answers once it may."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.may = Event()

    def checkpoint(self, reached: Mapping[Turn, turns.Text]) -> set[Turn]:
        self.asked.append({turn.model: text.text for turn, text in reached.items()})
        assert self.may.wait(20)
        return set(reached)


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> Keeping:
    keeping = Keeping()
    monkeypatch.setattr(turns, "checkpoint", keeping.checkpoint)
    return keeping


@pytest.fixture
async def checkpoints(keeping: Keeping, settings: Settings) -> AsyncIterator[Checkpoints]:
    settings.LLM_CHECKPOINT_SECONDS, settings.LLM_CHECKPOINT_CHARACTERS = 3_600, 10
    checkpoints = Checkpoints()
    yield checkpoints
    keeping.may.set()
    await end_tasks(*checkpoints.tasks)
    await database_work_is_done()


def reply(name: str, said: str) -> Reply:
    reply = Reply(Turn(pk=uuid4(), model=name), lambda: None)
    reply.published(said)
    return reply


async def test_those_that_are_half_due_go_with_the_first_that_is(
    checkpoints: Checkpoints, keeping: Keeping
) -> None:
    keeping.may.set()
    short, half = reply("short", "1234"), reply("half", "12345")
    checkpoints.look([short, half])
    assert not checkpoints.tasks
    due = reply("due", "1234567890")
    checkpoints.look([short, half, due])
    await asyncio.wait(checkpoints.tasks)
    assert keeping.asked == [{"half": "12345", "due": "1234567890"}]
    due.published("12")
    short.published("567890")
    checkpoints.look([short, half, due])
    await asyncio.wait(checkpoints.tasks)
    assert keeping.asked[1:] == [{"short": "1234567890"}]


async def test_one_transaction_at_a_time(checkpoints: Checkpoints, keeping: Keeping) -> None:
    due = reply("due", "1234567890")
    checkpoints.look([due])
    await until(lambda: keeping.asked)
    for _ in range(3):
        due.published("1234567890")
        checkpoints.look([due])
    assert len(checkpoints.tasks) == 1
    keeping.may.set()
    await asyncio.wait(checkpoints.tasks)
    checkpoints.look([due])
    await asyncio.wait(checkpoints.tasks)
    assert [len(asked["due"]) for asked in keeping.asked] == [10, 40]


async def test_a_database_that_is_away_costs_no_later_one(
    checkpoints: Checkpoints, keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.may.set()
    due = reply("due", "1234567890")
    with monkeypatch.context() as away:
        away.setattr(turns, "checkpoint", lambda reached: 1 / 0)
        checkpoints.look([due])
        await asyncio.wait(checkpoints.tasks)
    due.published("1234567890")
    checkpoints.look([due])
    await asyncio.wait(checkpoints.tasks)
    assert [len(asked["due"]) for asked in keeping.asked] == [20]


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer, and no rows to lock")
def test_a_message_that_is_being_ended_is_waited_for_by_nobody(studio: Workshop) -> None:
    ada, bo = speaking(studio, "One"), speaking(studio, "Uno", "@Bo hello")
    reached = {ada: turns.Text("One two", 1), bo: turns.Text("Uno due", 1)}
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Message.objects.select_for_update().get(turn_id=ada.pk)
        assert pool.submit(_checkpoint, reached).result(20) == {bo}
    assert turns.checkpoint(reached) == {ada, bo}


def _checkpoint(reached: Mapping[Turn, turns.Text]) -> set[Turn]:
    try:
        return turns.checkpoint(reached)
    finally:
        connection.close()


@pytest.mark.parametrize(("replies", "ticks"), [(0, 1), (10, 1), (25, 2.5), (30, 3), (500, 3)])
def test_of_more_replies_the_ticks_are_longer(replies: int, ticks: float, settings: Settings) -> None:
    assert tick_of(replies) == pytest.approx(ticks * settings.LLM_TICK_SECONDS)
