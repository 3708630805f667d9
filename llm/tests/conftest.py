from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from llm import asking, queue
from llm.models import Turn
from llm.runner import Runner
from llm.tests.helpers import called
from llm.tests.scripted import ScriptedModel
from personas.models import Persona
from rooms.tests.people import Person, Workshop
from rooms.tests.tasks import database_work_is_done, end_tasks


class _Inline:
    """An executor that does it now, so that no thread outlives its test."""

    class _work_queue:
        @staticmethod
        def qsize() -> int:
            return 0

    def submit(self, function: Callable[..., Any], *args: Any) -> None:
        function(*args)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The turns that were sent to the workers, in order; nothing is sent really."""
    turns: list[UUID] = []
    inline = _Inline()
    monkeypatch.setattr(queue, "_sender", lambda: inline)
    monkeypatch.setattr(queue, "_send", lambda *ids: turns.extend(ids))
    return turns


@pytest.fixture
def studio(alice: Person, bob: Person, carol: Person, ada: Persona, bo: Persona) -> Workshop:
    """Alice's room with Bob and the personas Ada and Bo; Carol is a stranger."""
    room_id = str(alice.create_room("Studio", persona_ids=[str(ada.pk), str(bo.pk)]).body["room_id"])
    invite = alice.snapshot(room_id)["room"]["invite"]
    assert bob.join(invite).status == 200
    return Workshop(room_id, invite, alice, bob, carol)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    """What runs instead of the gateway; its script must be played to the end."""
    scripted = ScriptedModel()
    monkeypatch.setattr(asking, "stream_completion", scripted.stream)
    yield scripted
    scripted.verify()


@pytest.fixture
async def runner(settings: Settings, model: ScriptedModel) -> AsyncIterator[Runner]:
    settings.LLM_TICK_SECONDS = settings.LLM_PROGRESS_SECONDS = 0.005
    settings.LLM_HEARTBEAT_SECONDS = settings.LLM_RETRY_SECONDS = settings.LLM_GRACE_SECONDS = 0.05
    started = Runner(follows_runs=False)
    yield started
    await end_tasks(*started.tasks)
    await started.close()
    await database_work_is_done()


@pytest.fixture
def turn(studio: Workshop) -> Turn:
    return called(studio)
