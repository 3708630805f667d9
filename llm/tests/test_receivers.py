"""A commit has its room dispatched in the background, and only then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from llm import receivers
from llm.hands.raising import raise_hand
from llm.models import Hand, Turn
from llm.tests.helpers import seat, speaking
from llm.tests.run_helpers import start
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
