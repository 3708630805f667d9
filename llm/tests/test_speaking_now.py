"""Speak now: a persona is woken on the newest message, by whoever may speak."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from llm import turns
from llm.models import Turn
from llm.tests.helpers import WORKER, dispatched, seat
from rooms.tests.people import Answer, Person, Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def speak(by: Person, studio: Workshop, name: str = "Ada") -> Answer:
    return by.command(studio.id, "turn.speak", participant_id=str(seat(studio, name).pk))


def test_it_is_woken_on_the_newest_message(
    studio: Workshop, sent: list[UUID], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    studio.bob.say(studio.id, "One")
    newest = studio.bob.say(studio.id, "Two")
    with django_capture_on_commit_callbacks(execute=True):
        answer = speak(studio.bob, studio)
    [turn] = dispatched(studio)
    assert answer.body == {"turn_id": str(turn.pk)}
    assert (str(turn.trigger_message_id), turn.cause, turn.depth) == (newest, "speak", 0)
    assert sent == [turn.pk]


def test_asked_again_while_it_waits_or_writes_it_is_one_turn(studio: Workshop) -> None:
    studio.bob.say(studio.id, "One")
    first = speak(studio.bob, studio)
    assert speak(studio.alice, studio) == first
    [turn] = dispatched(studio)
    claimed = turns.claim(turn.pk, WORKER)
    assert claimed is not None
    assert speak(studio.alice, studio) == first
    assert turns.begin(claimed, uuid4(), "Yes.")
    assert turns.settle(claimed, "done", turns.Text("Yes.", 0))
    again = speak(studio.alice, studio)
    assert again.body != first.body
    newest = Turn.objects.get(pk=again.body["turn_id"])
    # What it said itself is the newest: it goes on from there, in a chain of its own.
    assert (newest.trigger_message_id, newest.depth) == (claimed.message_id, 0)
    assert newest.chain_id != turn.chain_id


def test_who_can_not_and_what_can_not(studio: Workshop) -> None:
    assert speak(studio.bob, studio).code == "invalid"  # nothing was said yet
    studio.bob.say(studio.id, "One")
    assert speak(studio.carol, studio).status == 404
    assert studio.bob.command(studio.id, "turn.speak", participant_id=str(uuid4())).code == "not_found"
    assert speak(studio.bob, studio, "Bob").code == "not_found"
    ada = str(seat(studio, "Ada").pk)
    assert studio.alice.command(studio.id, "persona.mute", participant_id=ada).status == 200
    assert speak(studio.bob, studio).code == "not_allowed"
    assert not Turn.objects.exists()


def test_over_rest(studio: Workshop) -> None:
    studio.bob.say(studio.id, "One")
    body = {"participant_id": str(seat(studio, "Ada").pk)}
    path = f"/api/rooms/{studio.id}/turns/speak/"
    assert studio.carol.post(path, body).status == 404
    answer = studio.bob.post(path, body)
    assert (answer.status, answer.body["cause"], answer.body["state"]) == (201, "speak", "queued")
