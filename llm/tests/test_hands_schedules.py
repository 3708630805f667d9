"""Whatever people, personas, workers and sweeps do with hands, in whatever order: while somebody has the
floor whose hand was granted, no turn of the run is open, and no turn follows a stop. As
test_runs_schedules.py."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from llm import reaper, turns
from llm.hands import keeping
from llm.hands.actions import grant_hand, lower_hand
from llm.hands.raising import raise_hand
from llm.models import Hand, Run, Turn
from llm.orchestration.registry import BY_NAME
from llm.runs import driver
from llm.runs.actions import stop_runs
from llm.tests.helpers import WORKER, seat
from llm.tests.run_helpers import seat_more
from llm.tests.test_runs_schedules import FIRST, SCHEDULES, STEPS, Schedule, forget
from rooms.access import Seat
from rooms.models import Participant, Room
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(7_200)]


class WithHands(Schedule):
    """A run in which hands go up, and are granted and lowered."""

    def __init__(self, chance: random.Random, by: Seat, mode: str) -> None:
        super().__init__(chance, by, mode)
        self.heard_at_stop: int | None = None

    def things(self) -> list[tuple[int, Callable[[], object]]]:
        return [
            *super().things(),
            (8, self._raise),
            (8, self._grant),
            (1, self._lower),
            (3, self._end_a_hands_turn),
            (2, lambda: keeping.look(self._by.room.pk)),
            (1, reaper.look_at_hands),
        ]

    def _raise(self) -> None:
        run = Run.objects.get(pk=self.run_id)
        personas = Participant.objects.filter(room=self._by.room, kind="persona")
        busy = Turn.objects.filter(room=self._by.room, state__in=turns.OPEN).values("participant")
        free = list(personas.exclude(pk__in=busy).order_by("name")) or list(personas)
        persona = self._chance.choice(free)
        turn = run.turns.order_by("created_at").last()
        if run.state != Run.State.ENDED and turn is not None:
            raise_hand(persona, "Wait.", message=run.message, source=Hand.Source.TOOL, raised_in=turn)

    def _some_hand(self) -> Hand | None:
        hands = list(Hand.objects.filter(room=self._by.room).order_by("-raised_at")[:2])
        return self._chance.choice(hands) if hands else None

    def _grant(self) -> None:
        if (hand := self._some_hand()) is not None:
            grant_hand(by=self._by, hand_id=hand.pk)

    def _lower(self) -> None:
        if (hand := self._some_hand()) is not None:
            lower_hand(by=self._by, hand_id=hand.pk)

    def _end_a_hands_turn(self) -> None:
        turn = Turn.objects.filter(room=self._by.room, cause="hand", state__in=turns.OPEN).first()
        if turn is None:
            return
        claimed = turns.claim(turn.pk, WORKER) if turn.state == "queued" else turn
        if claimed is not None and claimed.pk == turn.pk:
            turns.settle(claimed, self._chance.choice(["done", "passed", "failed"]), turns.Text("Well.", 0))

    def check(self) -> None:
        super().check()
        run = Run.objects.get(pk=self.run_id)
        granted = Turn.objects.filter(room=run.room, cause="hand")
        has_floor = granted.filter(state__in=turns.OPEN).count()
        # Behind a run several may be let speak at once, as several may be called.
        if has_floor and run.state != Run.State.ENDED:
            assert has_floor == 1
            decided = run.turns.filter(run_number__isnull=False, state__in=turns.OPEN)
            assert not decided.exists(), "a mode's turn beside a hand's"
        for hand in Hand.objects.filter(room=run.room, turn__isnull=False):
            assert hand.state == Hand.State.GRANTED
        assert Hand.objects.filter(turn__isnull=False).count() == granted.count()
        if run.end_code == "stopped":
            heard = granted.count()
            self.heard_at_stop = heard if self.heard_at_stop is None else self.heard_at_stop
            assert heard == self.heard_at_stop, "a turn after a stop"
            assert not Hand.objects.filter(run=run, state="raised").exists()


@pytest.mark.parametrize("policy", ["people", "policy"])
def test_never_two_have_the_floor_and_nobody_after_a_stop(studio: Workshop, policy: str) -> None:
    """239"""
    seat_more(studio, "Cy")
    Room.objects.filter(pk=studio.uuid).update(hands=policy)
    alice = seat(studio, "Alice")
    by = Seat(alice.room, alice)
    heard = 0
    for number in range(FIRST, FIRST + SCHEDULES):
        chance = random.Random(number)
        schedule = WithHands(chance, by, chance.choice(sorted(BY_NAME)))
        for _ in range(2 * STEPS):
            schedule.happen()
        stop_runs(by=by)
        for _ in range(3):
            driver.advance(schedule.run_id)
            keeping.look(studio.uuid)
            schedule.check()
        heard += Turn.objects.filter(room=studio.uuid, cause="hand").count()
        Turn.objects.filter(room=studio.uuid, cause="hand").delete()
        Hand.objects.filter(room=studio.uuid).delete()
        forget(studio.uuid, number)
    assert heard >= SCHEDULES / 4
