"""A commit has its room dispatched in the background, and only then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from llm import dispatch, reaper, receivers, succession
from llm.calling import PlannedStep
from llm.hands.raising import raise_hand
from llm.models import DispatchCursor, Hand, Turn
from llm.tests.helpers import seat, speaking
from llm.tests.run_helpers import end, open_turn, seat_more, start
from rooms.models import Message
from rooms.signals import events_committed
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


class Waiting:
    """An executor that does nothing until it is told to."""

    def __init__(self) -> None:
        self.work: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, function: Callable[..., Any], *args: Any) -> None:
        self.work.append((function, args))

    def run(self) -> None:
        work, self.work = self.work, []
        for function, args in work:
            function(*args)


@pytest.fixture
def dispatcher(studio: Workshop, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    waiting = Waiting()
    monkeypatch.setattr(receivers, "_dispatcher", lambda: waiting)
    monkeypatch.setattr(receivers, "_waiting", set())
    events_committed.connect(receivers.dispatch_soon)
    return waiting


def test_a_message_is_dispatched_and_several_share_a_pass(
    studio: Workshop, dispatcher: Waiting, sent: list[UUID]
) -> None:
    studio.bob.say(studio.id, "@Ada one")
    studio.bob.say(studio.id, "@Ada two")
    assert len(dispatcher.work) == 1
    assert not Turn.objects.exists(), "it is not in the way of the answer"
    dispatcher.run()
    assert sent == list(Turn.objects.order_by("created_at", "id").values_list("pk", flat=True))
    assert len(sent) == 2
    studio.bob.say(studio.id, "@Ada three")
    dispatcher.run()
    assert len(sent) == 3


def test_what_wakes_nobody_is_no_work(studio: Workshop, dispatcher: Waiting) -> None:
    speaking(studio)  # dispatched by hand; its own events decide nothing
    dispatcher.work.clear()
    receivers._waiting.clear()
    studio.alice.command(studio.id, "room.rename", name="Atelier")
    studio.bob.command(studio.id, "participant.rename", name="Robert")
    assert dispatcher.work == []
    studio.bob.say(studio.id, "Hello")
    assert len(dispatcher.work) == 1


def test_a_dispatch_that_fails_is_tried_at_the_next_commit(
    studio: Workshop, dispatcher: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.bob.say(studio.id, "@Ada one")
    with monkeypatch.context() as patch:
        patch.setattr(receivers, "dispatch_room", lambda room_id: 1 / 0)
        dispatcher.run()
    studio.bob.say(studio.id, "two")
    dispatcher.run()
    assert Turn.objects.count() == 1


def test_what_moves_hands_has_them_looked_at(studio: Workshop, dispatcher: Waiting) -> None:
    events_committed.connect(receivers.look_at_hands_soon)
    said = Message.objects.get(pk=studio.bob.say(studio.id, "What about the roof?"))
    dispatcher.run()
    hand = raise_hand(seat(studio, "Ada"), "It leaks.", message=said, source=Hand.Source.ROUTER)
    assert hand is not None
    dispatcher.run()
    hand.refresh_from_db()
    assert hand.state == "raised"
    studio.alice.command(studio.id, "persona.mute", participant_id=str(hand.participant_id))
    dispatcher.run()
    hand.refresh_from_db()
    assert hand.state == "lowered"


def test_a_run_goes_on_behind_whoever_had_the_floor_before_it(studio: Workshop, dispatcher: Waiting) -> None:
    events_committed.connect(receivers.advance_runs_soon)
    said = Message.objects.get(pk=studio.bob.say(studio.id, "What about the roof?"))
    hand = raise_hand(seat(studio, "Ada"), "It leaks.", message=said, source=Hand.Source.ROUTER)
    assert hand is not None
    assert studio.bob.command(studio.id, "hand.grant", hand_id=str(hand.pk)).status == 200
    run = start(studio)
    dispatcher.run()
    assert not run.turns.exists()
    turn = Turn.objects.get(cause="hand")
    assert studio.bob.command(studio.id, "turn.stop", turn_id=str(turn.pk)).status == 200
    dispatcher.run()
    assert run.turns.count() == 1


def passed(studio: Workshop) -> int:
    """How far the room's log has been decided on."""
    return DispatchCursor.objects.values_list("seq", flat=True).get(room=studio.uuid)


def test_an_end_in_a_run_that_calls_nobody_is_left_to_the_sweep(
    studio: Workshop, dispatcher: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(studio)
    dispatcher.run()
    before = passed(studio)
    end(studio, "Ada", "The reading room first, at 5 p.m.")
    assert len(dispatcher.work) == 1
    dispatcher.run()
    assert passed(studio) == before
    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "dispatch_room", lambda room_id: 1 / 0)
        reaper.dispatch_forgotten_rooms()
    assert passed(studio) > before


@pytest.mark.parametrize("what", ["by name", "by tool", "by a step"])
def test_the_sweep_finds_whom_an_end_in_a_run_calls(studio: Workshop, dispatcher: Waiting, what: str) -> None:
    seat_more(studio, "Cy")
    start(studio)
    dispatcher.run()
    cy, turn = seat(studio, "Cy"), open_turn(studio, "Ada")
    if what == "by tool":
        kept = [{"participant_id": str(cy.pk), "task": "Is it dry?"}]
        Turn.objects.filter(pk=turn.pk).update(handovers=kept)
    if what == "by a step":
        awaited = turn.trigger_message
        succession.begin(awaited, [PlannedStep(cy.pk, (turn.participant_id,), 1)])
    end(studio, "Ada", "@Cy, is it dry?" if what == "by name" else "I want to know more.")
    dispatcher.work.clear()  # as if this process had died
    reaper.dispatch_forgotten_rooms()
    if what == "by a step":
        assert Turn.objects.get(participant=cy).cause == "then"
    else:
        assert Hand.objects.get(participant=cy).state == "raised"


@pytest.mark.parametrize("how", ["by name", "by tool"])
def test_whom_a_turn_of_a_run_calls_has_a_hand_up_at_once(
    studio: Workshop, dispatcher: Waiting, how: str
) -> None:
    seat_more(studio, "Cy")
    start(studio)
    dispatcher.run()
    cy = seat(studio, "Cy")
    if how == "by tool":
        kept = [{"participant_id": str(cy.pk), "task": "Is it dry?"}]
        Turn.objects.filter(pk=open_turn(studio, "Ada").pk).update(handovers=kept)
    end(studio, "Ada", "@Cy, is it dry?" if how == "by name" else "I want to know more.")
    dispatcher.run()
    dispatcher.run()  # what was found to be called had a pass asked for
    assert Hand.objects.get(participant=cy).state == "raised"


def test_what_a_person_says_in_a_run_is_dispatched(studio: Workshop, dispatcher: Waiting) -> None:
    start(studio)
    dispatcher.run()
    before = passed(studio)
    end(studio, "Ada", "The reading room first.")
    studio.bob.say(studio.id, "Not mine.")
    dispatcher.run()
    assert passed(studio) > before
