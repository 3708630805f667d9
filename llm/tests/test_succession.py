"""One persona after another, as a message asked for it: once, in order, and through crashes."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from llm import dispatch, turns
from llm.models import DispatchCursor, NextStep, Turn
from llm.tests.helpers import WORKER, dispatched, message_of, seat
from rooms import eventlog
from rooms.models import Participant
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

ASKED = "@Ada summarise, then hand over to @Bo to code it"


def woken(studio: Workshop) -> list[tuple[str, str, str]]:
    return [(turn.participant.name, turn.cause, turn.state) for turn in settled(studio)]


def settled(studio: Workshop) -> list[Turn]:
    """All turns, once nothing is left to decide: what is refused is an event to decide on again."""
    dispatched(studio)
    return dispatched(studio)


def speak(turn: Turn, text: str, state: turns.EndState = "done") -> Turn:
    claimed = turns.claim(turn.pk, WORKER)
    assert claimed is not None
    assert turns.begin(claimed, uuid4(), text)
    error = None if state == "done" else turns.WORKER_LOST
    assert turns.settle(claimed, state, turns.Text(text, 0), error)
    return claimed


def test_the_second_is_woken_once_and_afterwards_also_where_the_first_names_it(studio: Workshop) -> None:
    studio.bob.say(studio.id, ASKED)
    [ada] = settled(studio)
    assert (ada.participant.name, ada.task) == ("Ada", "summarise")
    speak(ada, "In short: yes. Over to you, @Bo.")
    _, bo = settled(studio)
    assert (bo.participant.name, bo.cause, bo.task, bo.state) == ("Bo", "then", "to code it", "queued")
    assert bo.trigger_message_id == message_of(ada).pk
    assert (bo.chain_id, bo.depth) == (ada.chain_id, 1)
    speak(bo, "Coded.")
    assert len(settled(studio)) == 2
    assert NextStep.objects.get().state == "called"


def test_three_in_a_row(studio: Workshop) -> None:
    studio.bob.say(studio.id, "@Ada draft, then @Bo review, then @Ada revise")
    speak(settled(studio)[0], "Draft, for @Bo.")
    speak(settled(studio)[1], "Reviewed, back to @Ada.")
    last = settled(studio)[2]
    assert (last.participant.name, last.cause, last.task, last.depth) == ("Ada", "then", "revise", 2)
    speak(last, "Revised.")
    assert [turn[0] for turn in woken(studio)] == ["Ada", "Bo", "Ada"]


@pytest.mark.parametrize(("state", "said"), [("stopped", "was stopped"), ("failed", "reply failed")])
def test_what_stops_or_fails_is_not_handed_over(studio: Workshop, state: turns.EndState, said: str) -> None:
    studio.bob.say(studio.id, "@Ada draft, then @Bo review, then @Ada revise")
    speak(settled(studio)[0], "Dra", state)
    assert woken(studio) == [("Ada", "mention", state)]
    first, second = NextStep.objects.order_by("round")
    assert (first.state, second.state) == ("dropped", "dropped")
    assert said in first.reason
    assert "Bo was not called" in second.reason


def test_asked_for_again_it_goes_on(studio: Workshop) -> None:
    studio.bob.say(studio.id, "@Ada draft, then @Bo review, then @Ada revise")
    failed = speak(settled(studio)[0], "Dra", "failed")
    settled(studio)
    assert studio.bob.command(studio.id, "turn.retry", turn_id=str(failed.pk)).status == 200
    again = settled(studio)[-1]
    assert (again.participant.name, again.cause, again.task) == ("Ada", "retry", "draft")
    speak(again, "Draft.")
    bo = settled(studio)[-1]
    assert (bo.participant.name, bo.cause) == ("Bo", "then")
    speak(bo, "Good.")
    assert settled(studio)[-1].task == "revise"


def test_of_two_the_third_waits_for_both(studio: Workshop) -> None:
    studio.alice.command(studio.id, "persona.add", name="Cy")
    studio.bob.say(studio.id, "@Ada and @Bo discuss, then @Cy sum up")
    ada, bo = settled(studio)
    speak(bo, "I say no. @Cy?")
    assert len(settled(studio)) == 2
    spoken = speak(ada, "I say yes.")
    cy = settled(studio)[-1]
    assert (cy.participant.name, cy.cause, cy.task) == ("Cy", "then", "sum up")
    assert cy.trigger_message_id == message_of(spoken).pk
    assert len(settled(studio)) == 3


def test_who_passes_is_followed(studio: Workshop) -> None:
    studio.bob.say(studio.id, ASKED)
    [ada] = settled(studio)
    claimed = turns.claim(ada.pk, WORKER)
    assert claimed is not None
    # As a pass ends: no message, and an event of the turn.
    Turn.objects.filter(pk=ada.pk).update(state="passed")
    with eventlog.transaction():
        turns._append(Turn.objects.get(pk=ada.pk))
    bo = settled(studio)[-1]
    assert (bo.participant.name, bo.cause) == ("Bo", "then")
    assert bo.trigger_message_id == ada.trigger_message_id


def test_a_muted_first_one_is_refused_and_nothing_follows(studio: Workshop) -> None:
    ada = str(seat(studio, "Ada").pk)
    assert studio.alice.command(studio.id, "persona.mute", participant_id=ada).status == 200
    studio.bob.say(studio.id, ASKED)
    assert woken(studio) == [("Ada", "mention", "blocked")]
    step = NextStep.objects.get()
    assert (step.state, step.reason) == ("dropped", "Ada was not allowed to speak.")


def test_a_muted_second_one_is_refused_in_its_turn_and_one_that_left_is_not_called(studio: Workshop) -> None:
    studio.bob.say(studio.id, ASKED)
    first = settled(studio)[0]
    bo = str(seat(studio, "Bo").pk)
    assert studio.alice.command(studio.id, "persona.mute", participant_id=bo).status == 200
    speak(first, "Done.")
    assert woken(studio)[-1] == ("Bo", "then", "blocked")
    assert settled(studio)[-1].error_code == "muted"
    studio.bob.say(studio.id, ASKED)
    again = settled(studio)[-1]
    Participant.objects.filter(pk=bo).update(left_at="2026-01-01T00:00Z")
    speak(again, "Done.")
    assert len(settled(studio)) == 3
    assert NextStep.objects.order_by("pk").last().reason == "Bo has left the room."  # type: ignore[union-attr]


def test_a_crash_between_the_end_and_the_call_loses_nothing_and_twice_is_once(
    studio: Workshop, sent: list[UUID], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    studio.bob.say(studio.id, ASKED)
    [ada] = settled(studio)
    speak(ada, "Done, @Bo.")
    with transaction.atomic():
        dispatch.dispatch_room(studio.uuid)
        transaction.set_rollback(True)  # as if the process had ended here
    assert NextStep.objects.get().state == "waiting"
    with django_capture_on_commit_callbacks(execute=True):
        bo = settled(studio)[-1]
    assert sent == [bo.pk]
    DispatchCursor.objects.filter(room=studio.uuid).update(seq=0)  # all of it once more
    with django_capture_on_commit_callbacks(execute=True):
        assert len(settled(studio)) == 2
    assert sent == [bo.pk]


def test_stop_all_ends_the_chain(studio: Workshop) -> None:
    studio.bob.say(studio.id, ASKED)
    settled(studio)
    assert studio.bob.command(studio.id, "turn.stop_all").status == 200
    assert woken(studio) == [("Ada", "mention", "stopped")]
    assert NextStep.objects.get().state == "dropped"
