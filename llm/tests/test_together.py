"""Turns that are sent to a worker as one: claimed together, and each on its own from there."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from llm import claims, queue, turns
from llm.models import Turn
from llm.requests import TurnRequest, request_for
from llm.runner import Runner
from llm.tests.helpers import WORKER, called, dispatched, message_of, turn_events
from llm.tests.scripted import DONE, ScriptedModel, texts
from rooms.database import in_database
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def both(studio: Workshop) -> list[Turn]:
    studio.bob.say(studio.id, "@Ada and @Bo, what do you think?")
    return [turn for turn in dispatched(studio) if turn.state == Turn.State.QUEUED]


def ids(found: list[Turn]) -> list[UUID]:
    return [turn.pk for turn in found]


def test_they_are_claimed_as_if_one_after_the_other(studio: Workshop) -> None:
    waiting = both(studio)
    claimed = turns.claim_together(ids(waiting)[::-1], WORKER)
    assert ids(claimed) == ids(waiting)
    assert [(turn.state, turn.fence, turn.worker) for turn in claimed] == [("running", 1, WORKER)] * 2
    assert [shape["state"] for shape in turn_events(studio)] == ["queued"] * 2 + ["running"] * 2
    assert turns.claim_together(ids(waiting), uuid4()) == []


def test_who_speaks_already_holds_up_nobody_else(studio: Workshop) -> None:
    first = called(studio, "@Ada you first")
    waiting = both(studio)
    assert turns.claim(first.pk, WORKER) is not None
    claimed = turns.claim_together(ids(waiting), WORKER)
    assert [turn.participant.name for turn in claimed] == ["Bo"]
    assert Turn.objects.get(pk=waiting[1].pk).fence == 0


def test_of_one_persona_the_oldest_turn_begins(studio: Workshop) -> None:
    first, second = called(studio, "@Ada one"), called(studio, "@Ada two")
    assert ids(turns.claim_together([second.pk, first.pk], WORKER)) == [first.pk]


async def test_each_speaks_and_ends_for_itself(
    runner: Runner, model: ScriptedModel, studio: Workshop
) -> None:
    waiting = await in_database(both, studio)
    for _ in waiting:
        model.add(*texts("A word."), DONE)
    await runner.run(*ids(waiting), uuid4())
    for turn in waiting:
        message = await in_database(message_of, turn)
        assert (message.text, message.state, turn.state) == ("A word.", "complete", "done")


async def test_one_that_cannot_be_asked_fails_alone(
    runner: Runner, model: ScriptedModel, studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = await in_database(both, studio)

    def broken(turn: Turn, *, said: str = "") -> TurnRequest:
        if turn.pk == waiting[0].pk:
            raise ValueError("a defect")
        return request_for(turn, said=said)

    monkeypatch.setattr(claims, "request_for", broken)
    model.add(*texts("A word."), DONE)
    await runner.run(*ids(waiting))
    states = await in_database(lambda: dict(Turn.objects.values_list("participant__name", "state")))
    assert states == {"Ada": "failed", "Bo": "done"}


def test_what_they_read_alike_is_read_once(studio: Workshop) -> None:
    waiting = both(studio)
    counts = []
    for asked in (waiting[:1], waiting):
        Turn.objects.update(state=Turn.State.QUEUED, worker=None, lease_until=None)
        with CaptureQueriesContext(connection) as captured:
            assert len(claims.claim(ids(asked), WORKER)) == len(asked)
        tables = "rooms_participant", "rooms_message", "llm_checkpoint", "rooms_poll"
        counts.append([sum(f'FROM "{table}"' in query["sql"] for query in captured) for table in tables])
    assert counts[0] == counts[1]


def test_several_are_sent_in_groups_for_at_least_two_workers(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    groups: list[tuple[UUID, ...]] = []
    monkeypatch.setattr(queue, "_send", lambda *group: groups.append(group))
    for count, sizes in {0: [], 1: [1], 2: [1, 1], 3: [2, 1], 8: [4, 4], 10: [4, 4, 2]}.items():
        wanted = [uuid4() for _ in range(count)]
        groups.clear()
        with django_capture_on_commit_callbacks(execute=True):
            queue.enqueue_on_commit(*wanted)
        assert [len(group) for group in groups] == sizes
        assert [id_ for group in groups for id_ in group] == wanted
