"""People in sealed rounds and votes. The numbers are those of docs/orchestration.md."""

from __future__ import annotations

from typing import Any

import pytest

from llm import reaper, turns
from llm.models import Run, Turn
from llm.orchestration.values import Answer
from llm.runs.driver import advance
from llm.tests.helpers import WORKER
from llm.tests.run_helpers import end, ids, messages, opened, run_shape, start
from rooms.models import Participant
from rooms.tests.people import Json, Person, Workshop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(studio: Workshop) -> Run:
    """Ada, Bo and Bob choose a day."""
    return start(studio, "consensus", choices=["Monday", "Friday"], people_ids=ids(studio, "Bob"))


def mine(studio: Workshop, person: Person, run: Run) -> Json:
    return person.get(f"/api/rooms/{studio.id}/runs/{run.pk}/mine/").body


def answer(studio: Workshop, person: Person, run: Run, **data: Any) -> int:
    return person.post(f"/api/rooms/{studio.id}/runs/{run.pk}/mine/", data).status


def test_a_person_is_asked_and_waited_for(studio: Workshop, run: Run) -> None:
    """150"""
    asked = mine(studio, studio.bob, run)
    assert (asked["phase"], asked["ask"]) == ("answers", {"kind": "ballot", "choices": ["Monday", "Friday"]})
    assert mine(studio, studio.alice, run)["turn_id"] is None
    end(studio, "Ada", answer=Answer("Friday"))
    end(studio, "Bo", answer=Answer("Friday"))
    assert opened(studio) == ["Bob"]
    assert answer(studio, studio.bob, run, text="It is quiet then.", choice="Friday", confidence=60) == 200
    advance(run.pk)
    shape = run_shape(studio)
    assert shape["end"]["message"] == "3 of 3 agree on “Friday”."
    assert messages(studio)[-1] == "Bob: It is quiet then.\n\n**Friday** (60 % sure)."


def test_what_a_person_hands_in_is_sealed_as_well(studio: Workshop, run: Run) -> None:
    """151"""
    assert answer(studio, studio.bob, run, text="The parking lot.", choice="Friday") == 200
    assert "parking" not in str(studio.alice.snapshot(studio.id)) + str(studio.alice.events(studio.id))
    assert ids(studio, "Bob")[0] in run_shape(studio)["in_ids"]


def test_no_worker_speaks_for_a_person(studio: Workshop, run: Run, sent: list[Any]) -> None:
    """152"""
    turn = Turn.objects.get(run=run, participant__name="Bob")
    assert turn.pk not in sent
    assert turns.claim(turn.pk, WORKER) is None
    Turn.objects.update(created_at="2026-01-01T00:00:00Z", enqueued_at=None)
    assert reaper.resend_waiting_turns() == 2


def test_nonsense_is_refused_and_can_be_mended(studio: Workshop, run: Run) -> None:
    """153"""
    assert answer(studio, studio.bob, run, choice="Saturday") == 400
    assert answer(studio, studio.bob, run, text="Hm.") == 400
    assert answer(studio, studio.alice, run, choice="Friday") == 400
    assert answer(studio, studio.carol, run, choice="Friday") == 404
    assert answer(studio, studio.bob, run, choice="friday") == 200
    assert answer(studio, studio.bob, run, choice="Monday") == 400


def test_who_does_not_answer_in_time_is_passed_over(studio: Workshop, run: Run) -> None:
    """154"""
    for name in ("Ada", "Bo"):
        end(studio, name, answer=Answer("Friday"))
    assert reaper.drive_runs() == 0
    Turn.objects.filter(participant__name="Bob").update(created_at="2026-01-01T00:00:00Z")
    assert reaper.drive_runs() == 1
    # Two of three are two thirds.
    assert run_shape(studio)["end"]["code"] == "consensus"


def test_nobody_asks_again_for_a_person(studio: Workshop, run: Run) -> None:
    """158"""
    bob = ids(studio, "Bob")[0]
    skip = studio.alice.command(studio.id, "run.skip", run_id=str(run.pk), participant_id=bob)
    assert skip.status == 200
    turn = Turn.objects.get(run=run, participant__name="Bob")
    assert turn.state == "stopped"
    assert studio.alice.command(studio.id, "turn.retry", turn_id=str(turn.pk)).code == "turn_settled"


def test_a_person_may_pass(studio: Workshop, run: Run) -> None:
    """155"""
    assert answer(studio, studio.bob, run) == 200
    assert Turn.objects.get(run=run, participant__name="Bob").state == "passed"


def test_in_a_critique_the_others_are_shown_without_names(studio: Workshop, run: Run) -> None:
    """156"""
    end(studio, "Ada", "Parking.", answer=Answer("Friday"))
    end(studio, "Bo", "Rain.", answer=Answer("Monday"))
    assert answer(studio, studio.bob, run) == 200
    advance(run.pk)
    asked = mine(studio, studio.bob, run)
    assert asked["phase"] == "critique"
    assert "Parking." in asked["brief"]
    assert "Ada" not in asked["brief"]
    assert "submit" not in asked["brief"]


def test_only_people_who_may_write_take_part_and_only_where_modes_take_them(studio: Workshop) -> None:
    """157"""
    (bob,) = ids(studio, "Bob")
    for mode, people in (("relay", [bob]), ("consensus", ids(studio, "Ada"))):
        refused = studio.bob.command(studio.id, "run.start", mode=mode, goal="Which?", people_ids=people)
        assert refused.code == "invalid"
    Participant.objects.filter(room=studio.uuid, name="Bob").update(role="viewer")
    refused = studio.alice.command(studio.id, "run.start", mode="council", goal="Which?", people_ids=[bob])
    assert refused.code == "invalid"
