"""@all behind the first persona, where the others find its prompt in the provider's cache."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from llm import reaper, turns
from llm.models import ModelCard, Turn
from llm.runner import Runner
from llm.stagger import Woken, plan
from llm.tests.helpers import WORKER, dispatched
from llm.tests.scripted import DONE, ScriptedModel, texts
from rooms.database import in_database
from rooms.models import Participant
from rooms.protocol.shapes import ErrorShape
from rooms.tests.people import Workshop
from rooms.tests.tasks import until

pytestmark = [pytest.mark.django_db(transaction=True)]

KEPT = "openai/kept"


@pytest.fixture
def hall(studio: Workshop) -> Workshop:
    """Both personas answer with one model whose provider keeps prompts, and a lot was said."""
    card = {"label": "kept", "provider": "openai", "seen_at": timezone.now()}
    ModelCard.objects.create(name=KEPT, cached_from=1_024, context_tokens=100_000, **card)
    Participant.objects.filter(room=studio.uuid, kind="persona").update(model=KEPT)
    studio.alice.say(studio.id, "word " * 2_000)
    return studio


def woken(hall: Workshop, text: str = "@all what now?") -> list[Turn]:
    hall.bob.say(hall.id, text)
    return [turn for turn in dispatched(hall) if turn.state == Turn.State.QUEUED]


def test_the_others_wait_behind_the_first(hall: Workshop, sent: list[UUID]) -> None:
    first, second = woken(hall)
    assert sent == [first.pk]
    assert (first.behind_id, second.behind_id) == (None, first.pk)


@pytest.mark.parametrize("why", ["short", "not kept", "unknown", "two models", "mentioned", "switched off"])
def test_else_all_are_asked_at_once(hall: Workshop, sent: list[UUID], settings: Settings, why: str) -> None:
    text = "@all what now?"
    match why:
        case "short":
            ModelCard.objects.update(cached_from=4_096)
        case "not kept":
            ModelCard.objects.update(cached_from=None)
        case "unknown":
            ModelCard.objects.all().delete()
        case "two models":
            Participant.objects.filter(room=hall.uuid, name="Bo").update(model="openai/other")
        case "mentioned":
            text = "@Ada and @Bo, what now?"
        case _:
            settings.LLM_STAGGER_SECONDS = 0
    assert [turn.pk for turn in woken(hall, text)] == sent
    assert len(sent) == 2


@pytest.mark.usefixtures("redis_server")
async def test_the_first_word_sends_the_others(
    runner: Runner, model: ScriptedModel, hall: Workshop, sent: list[UUID]
) -> None:
    first, second = await in_database(woken, hall)
    go_on = asyncio.Event()
    model.add(*texts("One"), go_on, DONE)
    task = asyncio.create_task(runner.run(first.pk))
    await until(lambda: second.pk in sent)
    assert not task.done()
    go_on.set()
    await task


@pytest.mark.usefixtures("redis_server")
async def test_a_first_that_says_nothing_is_not_waited_for_long(
    runner: Runner, model: ScriptedModel, hall: Workshop, sent: list[UUID], settings: Settings
) -> None:
    settings.LLM_STAGGER_SECONDS = 0.05
    first, second = await in_database(woken, hall)
    go_on = asyncio.Event()
    model.add(go_on, *texts("One"), DONE)
    task = asyncio.create_task(runner.run(first.pk))
    await until(lambda: second.pk in sent)
    go_on.set()
    await task


@pytest.mark.parametrize("end", ["failed", "stopped before it ran"])
def test_whatever_its_end_is_sends_the_others(hall: Workshop, sent: list[UUID], end: str) -> None:
    first, second = woken(hall)
    sent.clear()
    if end == "failed":
        running = turns.claim(first.pk, WORKER)
        assert running is not None
        turns.settle(running, "failed", turns.Text("", 0), turns.WORKER_LOST)
    else:
        turns.stop(first.pk, ErrorShape(code="stopped", message="Stopped."))
    assert second.pk in sent


def test_the_sweep_sends_those_whose_first_was_lost(
    hall: Workshop, sent: list[UUID], settings: Settings
) -> None:
    first, second = woken(hall)
    assert turns.claim(first.pk, WORKER) is not None
    sent.clear()
    settings.LLM_REQUEUE_SECONDS = 0.0
    reaper.resend_waiting_turns()
    assert sent == [second.pk]


def test_each_model_has_its_first() -> None:
    ids = [uuid4() for _ in range(6)]
    models = ["a", "b", "a", "c", "b", "a"]
    called = [Woken(id_, model, is_all=True) for id_, model in zip(ids, models, strict=True)]
    assert plan(called, {"a": 1_000, "b": 1_000, "c": None}, 1_000) == {
        ids[2]: ids[0],
        ids[5]: ids[0],
        ids[4]: ids[1],
    }
    assert plan(called, {"a": 1_000}, 999) == {}
