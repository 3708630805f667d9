"""Golden scenarios of runs. See docs/testing.md."""

from __future__ import annotations

import pytest

from llm.hands import keeping
from llm.hands.raising import raise_hand
from llm.models import Hand, Turn
from llm.orchestration.values import Answer
from llm.runs.driver import advance
from llm.tests.run_helpers import end, ids, newest_run, opened, start
from rooms.tests.golden import Golden
from rooms.tests.people import Json, Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a run was on would say how busy the machine is."""
    for module in ("driver", "actions"):
        monkeypatch.setattr(f"llm.runs.{module}.seconds_of", lambda run: 0.0)


def test_run_start(golden: Golden, studio: Workshop) -> None:
    with golden(studio):
        start(studio)


def test_a_run_goes_on(golden: Golden, studio: Workshop) -> None:
    start(studio)
    with golden(studio):
        end(studio, "Ada", "First, the door.")
        assert opened(studio) == ["Bo"]


def test_a_run_is_over(golden: Golden, studio: Workshop) -> None:
    start(studio, rounds=1)
    end(studio, "Ada", "First, the door.")
    with golden(studio):
        end(studio, "Bo", "Then, the roof.")
    assert newest_run(studio).end_code == "finished"


def test_run_pause(golden: Golden, studio: Workshop) -> None:
    run = start(studio)
    with golden(studio):
        assert studio.bob.command(studio.id, "run.pause", run_id=str(run.pk)).status == 200
        end(studio, "Ada", "First, the door.")
    assert opened(studio) == []


def test_run_resume(golden: Golden, studio: Workshop) -> None:
    run = start(studio)
    assert studio.bob.command(studio.id, "run.pause", run_id=str(run.pk)).status == 200
    end(studio, "Ada", "First, the door.")
    with golden(studio):
        answer = studio.bob.command(studio.id, "run.resume", run_id=str(run.pk), text="Mind the rain.")
        assert answer.status == 200
    assert opened(studio) == ["Bo"]


def test_run_skip(golden: Golden, studio: Workshop) -> None:
    run = start(studio)
    with golden(studio):
        assert studio.bob.command(studio.id, "run.skip", run_id=str(run.pk)).status == 200
        advance(run.pk)
    assert opened(studio) == ["Bo"]


def test_a_turn_of_a_run_is_taken_again(golden: Golden, studio: Workshop) -> None:
    run = start(studio)
    assert studio.bob.command(studio.id, "run.pause", run_id=str(run.pk)).status == 200
    turn = end(studio, "Ada", state="failed")
    with golden(studio):
        assert studio.bob.command(studio.id, "turn.retry", turn_id=str(turn.pk)).status == 200
        assert studio.bob.command(studio.id, "run.resume", run_id=str(run.pk)).status == 200
    assert opened(studio) == ["Ada"]


def test_run_stop(golden: Golden, studio: Workshop) -> None:
    run = start(studio)
    with golden(studio):
        assert studio.bob.command(studio.id, "run.stop", run_id=str(run.pk)).status == 200
    assert not Turn.objects.filter(run=run, state__in=("queued", "running")).exists()


def test_run_edit_outcome(golden: Golden, studio: Workshop) -> None:
    run = start(studio, "relay")
    end(studio, "Ada", "A draft.")
    end(studio, "Bo", "A better draft.")
    with golden(studio):
        edit: Json = {"run_id": str(run.pk), "decision": "The best draft.", "tasks": ["Print it."]}
        assert studio.bob.command(studio.id, "run.edit_outcome", **edit).status == 200


def test_run_pin_outcome(golden: Golden, studio: Workshop) -> None:
    run = start(studio, "relay")
    end(studio, "Ada", "A draft.")
    end(studio, "Bo", "A better draft.")
    with golden(studio):
        for is_pinned in (False, True):
            asked: Json = {"run_id": str(run.pk), "is_pinned": is_pinned}
            assert studio.bob.command(studio.id, "run.pin_outcome", **asked).status == 200


def test_a_sealed_phase_is_opened(golden: Golden, studio: Workshop) -> None:
    start(studio, "consensus", choices=["Monday", "Friday"])
    end(studio, "Ada", answer=Answer("Friday", 80, "It is quiet."))
    with golden(studio):
        end(studio, "Bo", "The parking lot is empty.", answer=Answer("Friday", 60))
    assert newest_run(studio).end_code == "consensus"


def test_a_run_asks_people(golden: Golden, studio: Workshop) -> None:
    (bo,) = ids(studio, "Bo")
    start(studio, "leader", offices=[{"office": "leader", "participant_id": bo}])
    with golden(studio):
        end(studio, "Bo", answer=Answer(question="Which day?", options=("Monday", "Friday")))


def test_run_answer(golden: Golden, studio: Workshop) -> None:
    people = ids(studio, "Bob")
    run = start(studio, "consensus", choices=["Monday", "Friday"], people_ids=people)
    with golden(studio):
        answer = studio.bob.command(
            studio.id, "run.answer", run_id=str(run.pk), text="Quiet.", choice="Friday"
        )
        assert answer.status == 200
        advance(run.pk)


def _raised(studio: Workshop) -> str:
    """Ada's hand, as the tool raises it in her turn."""
    turn = Turn.objects.select_related("participant", "trigger_message").get(
        run=newest_run(studio), participant__name="Ada"
    )
    hand = raise_hand(
        turn.participant,
        "We tried that.",
        message=turn.trigger_message,
        source=Hand.Source.TOOL,
        raised_in=turn,
    )
    assert hand is not None
    return str(hand.pk)


def test_a_hand_goes_up_and_comes_down(golden: Golden, studio: Workshop) -> None:
    start(studio)
    end(studio, "Ada", "First, the door.")
    with golden(studio):
        _raised(studio)
        end(studio, "Bo", "Then, the roof.")
        assert keeping.look(studio.uuid) == 1


def test_hand_grant(golden: Golden, studio: Workshop) -> None:
    start(studio)
    end(studio, "Ada", "First, the door.")
    hand_id = _raised(studio)
    with golden(studio):
        assert studio.bob.command(studio.id, "hand.grant", hand_id=hand_id).status == 200
        end(studio, "Bo", "Then, the roof.")
        end(studio, "Ada", "It rained in.")
    assert opened(studio) == ["Ada"]


def test_hand_lower(golden: Golden, studio: Workshop) -> None:
    start(studio)
    end(studio, "Ada", "First, the door.")
    hand_id = _raised(studio)
    with golden(studio):
        assert studio.bob.command(studio.id, "hand.lower", hand_id=hand_id).status == 200
