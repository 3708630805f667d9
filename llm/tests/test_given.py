"""What a persona was given can be read back to the letter, by those who may."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from llm import given, reaper
from llm.models import Given, Turn
from llm.requests import request_for
from llm.runner import Runner
from llm.tests.helpers import running
from llm.tests.scripted import DONE, ScriptedModel, texts
from rooms.database import in_database
from rooms.models import Participant
from rooms.tests.people import Answer, Person, Workshop

pytestmark = [pytest.mark.django_db(transaction=True)]


def seen(person: Person, studio: Workshop, turn: Turn, **query: int) -> Answer:
    return person.get(f"/api/rooms/{studio.id}/turns/{turn.pk}/given/", **query)


def recorded(studio: Workshop, text: str = "@Ada hello") -> Turn:
    turn = running(studio, text)
    given.record(turn, request_for(turn))
    return turn


@pytest.mark.usefixtures("redis_server")
async def test_what_the_model_was_given_is_kept_to_the_letter(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*texts("Hi"), DONE)
    await runner.run(turn.pk)
    await runner.close()
    answer = await in_database(seen, studio.bob, studio, turn)
    assert answer.status == 200
    [request] = model.requests
    for message in request.messages:
        parts = [part["text"] for part in answer.body["parts"] if part["role"] == message.role]
        assert "".join(parts) == message.content
    assert answer.body["model"] == request.model
    assert (answer.body["attempt"], answer.body["attempts"]) == (1, [1])


def test_sections_and_counts(studio: Workshop) -> None:
    studio.alice.say(studio.id, "One")
    body = seen(studio.bob, studio, recorded(studio)).body
    names = [part["name"] for part in body["parts"] if part["name"] != "tools"]
    assert names[:4] == ["rules", "persona", "room", "roster"]
    assert body["layout"] == "persona-first"
    assert body["verbatim"]["messages"] == 2
    assert [body[name]["messages"] for name in ("folded", "recalled", "dropped")] == [0, 0, 0]
    assert body["tokens"] == sum(part["tokens"] for part in body["parts"]) <= body["budget"]


def test_what_was_dropped_is_counted(studio: Workshop) -> None:
    for _ in range(12):
        studio.alice.say(studio.id, "word " * 1_200)
    body = seen(studio.bob, studio, recorded(studio)).body
    assert body["dropped"]["messages"] > 0
    assert body["dropped"]["tokens"] > 1_000
    assert body["verbatim"]["messages"] + body["dropped"]["messages"] == 13


def test_later_changes_do_not_change_it(studio: Workshop) -> None:
    turn = recorded(studio)
    before = seen(studio.bob, studio, turn).body
    Participant.objects.filter(pk=turn.participant_id).update(name="Eve", prompt="Be Eve.")
    assert seen(studio.bob, studio, turn).body == before


def test_each_attempt_is_kept_once(studio: Workshop) -> None:
    turn = recorded(studio)
    given.record(turn, request_for(turn))
    given.record(turn, request_for(turn), number=2)
    assert seen(studio.bob, studio, turn).body["attempts"] == [1, 2]
    assert seen(studio.bob, studio, turn, attempt=1).body["attempt"] == 1
    assert seen(studio.bob, studio, turn, attempt=7).code == "not_found"


def test_members_see_it_and_others_do_not(studio: Workshop) -> None:
    turn = recorded(studio)
    assert seen(studio.alice, studio, turn).status == 200
    assert seen(studio.bob, studio, turn).status == 200
    assert seen(studio.carol, studio, turn).code == "not_found"
    Participant.objects.filter(room=studio.uuid, name="Bob").update(role=Participant.Role.VIEWER)
    assert seen(studio.bob, studio, turn).code == "not_allowed"


def test_it_is_another_rooms_to_a_member_of_that(studio: Workshop) -> None:
    turn = recorded(studio)
    other = studio.bob.create_room("Other").body["room_id"]
    real = studio.bob.get(f"/api/rooms/{other}/turns/{turn.pk}/given/")
    assert real.code == "not_found"
    assert real == studio.bob.get(f"/api/rooms/{other}/turns/{uuid4()}/given/")


def test_an_archived_room_still_shows_it(studio: Workshop) -> None:
    turn = recorded(studio)
    assert studio.alice.command(studio.id, "room.archive").status == 200
    assert seen(studio.bob, studio, turn).status == 200


def test_it_goes_after_its_time(studio: Workshop, settings: Settings) -> None:
    settings.LLM_GIVEN_DAYS = 14
    old, young = recorded(studio), recorded(studio, "@Bo hello")
    Given.objects.filter(turn=old).update(at=timezone.now() - timedelta(days=14.1))
    Given.objects.filter(turn=young).update(at=timezone.now() - timedelta(days=13.9))
    call_command("prune")
    assert [row.turn_id for row in Given.objects.all()] == [young.pk]
    assert seen(studio.bob, studio, old).code == "not_found"


def test_the_sweep_prunes_it(studio: Workshop) -> None:
    turn = recorded(studio)
    Given.objects.filter(turn=turn).update(at=timezone.now() - timedelta(days=400))
    now = [0.0]
    pruning = reaper.Pruning(clock=lambda: now[0])
    pruning.prune_if_due()
    assert Given.objects.count() == 1
    now[0] = 10_000
    pruning.prune_if_due()
    assert Given.objects.count() == 0


def test_nothing_is_kept_for_zero_days(studio: Workshop, settings: Settings) -> None:
    settings.LLM_GIVEN_DAYS = 0
    assert seen(studio.bob, studio, recorded(studio)).code == "not_found"


def test_a_long_prompt_is_kept_small(studio: Workshop) -> None:
    for number in range(60):
        studio.alice.say(
            studio.id, f"Message {number}: the board is {number} centimetres long and oak. " * 10
        )
    turn = recorded(studio)
    row = Given.objects.get(turn=turn)
    assert len(row.body) < sum(len(m.content) for m in request_for(turn).messages) / 3


def test_the_tools_that_a_model_is_offered_are_shown(studio: Workshop) -> None:
    turn = running(studio)
    request = request_for(turn, may_have_tools=True)
    given.record(turn, request)
    part = seen(studio.bob, studio, turn).body["parts"][0]
    assert (part["role"], part["name"]) == ("tools", "tools")
    assert [tool["name"] for tool in json.loads(part["text"])] == [tool.name for tool in request.tools]
