"""Whatever people, workers and sweeps do, in whatever order: never a turn after a stop.

Every step is a transaction of its own, as it is between processes; which comes next is drawn. A few
schedules run with every test run, ten thousand with RUN_SCHEDULES=10000 (a quarter of a second each), from
RUN_SCHEDULES_FROM on.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest

from llm import reaper, turns
from llm.models import Run, RunStep, Turn
from llm.orchestration import answers
from llm.orchestration.registry import BY_NAME
from llm.orchestration.values import Answer
from llm.runs import driver
from llm.runs.actions import pause_run, resume_run, skip_turn, start_run, stop_run, stop_runs
from llm.runs.protocol import StartRun
from llm.tests.helpers import WORKER, seat
from llm.tests.run_helpers import seat_more
from rooms.access import Seat
from rooms.errors import ParleyError
from rooms.models import Participant
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(7_200)]

SCHEDULES = int(os.environ.get("RUN_SCHEDULES", "25"))
FIRST = int(os.environ.get("RUN_SCHEDULES_FROM", "0"))
STEPS = 14
STATES: list[turns.EndState] = ["done", "done", "done", "passed", "failed", "stopped"]


class Schedule:
    """One run, and what happens to it."""

    def __init__(self, chance: random.Random, by: Seat, mode: str) -> None:
        self._chance = chance
        self._by = by
        self.run_id = start_run(by=by, asked=StartRun(mode=mode, goal="Which day?"), command_id=uuid4()).pk
        self.stopped_at: int | None = None

    def happen(self) -> None:
        """One more thing, and what must hold after it."""
        weights, calls = zip(*self.things(), strict=True)
        # What people ask of a run that has ended is refused.
        with suppress(ParleyError):
            self._chance.choices(calls, weights)[0]()
        self.check()

    def things(self) -> list[tuple[int, Callable[[], object]]]:
        return [
            (6, self._end_a_turn),
            (4, lambda: driver.advance(self.run_id, self._chance.choice([None, WORKER]))),
            (3, self._advance_overtaken),
            (3, self._claim_a_turn),
            (2, reaper.drive_runs),
            (1, lambda: pause_run(by=self._by, run_id=self.run_id)),
            (2, lambda: resume_run(by=self._by, run_id=self.run_id, text="", command_id=uuid4())),
            (1, lambda: skip_turn(by=self._by, run_id=self.run_id, participant_id=None)),
            (1, self._stop),
        ]

    def _advance_overtaken(self) -> None:
        """By a worker that takes what is next; something happens between what it read and its transaction."""
        go_on = driver._go_on

        def late(run_id: UUID, foreseen: Any) -> bool:
            meanwhile.stop()
            with suppress(ParleyError):
                self._chance.choice([call for _, call in self.things() if call != self._advance_overtaken])()
            return go_on(run_id, foreseen)

        meanwhile = patch.object(driver, "_go_on", late)
        meanwhile.start()
        driver.advance(self.run_id, WORKER)

    def _stop(self) -> None:
        if self._chance.random() < 0.5:
            stop_run(by=self._by, run_id=self.run_id)
        else:
            stop_runs(by=self._by)

    def _claim_a_turn(self) -> None:
        queued = list(Turn.objects.filter(run=self.run_id, state="queued").order_by("run_number"))
        if queued:
            turns.claim(self._chance.choice(queued).pk, WORKER)

    def _end_a_turn(self) -> None:
        """By its worker, or, where none has it, by one that takes it now."""
        open_ = list(Turn.objects.filter(run=self.run_id, state__in=turns.OPEN).order_by("run_number"))
        if not open_:
            return
        turn = self._chance.choice(open_)
        if turn.state == Turn.State.QUEUED:
            claimed = turns.claim(turn.pk, WORKER)
            if claimed is None:
                return
            turn = claimed
        if turn.ask is not None and self._chance.random() < 0.8:
            choice = (turn.ask["choices"] or ["Monday", "Friday"])[0]
            made = Answer(choice=choice, next=choice, ranking=tuple(turn.ask["choices"]))
            Turn.objects.filter(pk=turn.pk).update(answer=answers.to_data(made))
        text = turns.Text(f"Words {self._chance.random()}.", 0)
        turns.settle(turn, self._chance.choice(STATES), text, turns.WORKER_LOST)

    def check(self) -> None:
        run = Run.objects.get(pk=self.run_id)
        count = Turn.objects.filter(run=run).count()
        if run.state == Run.State.ENDED:
            assert not Turn.objects.filter(run=run, state__in=turns.OPEN).exists()
            assert run.end_code
            assert run.end_message
            if self.stopped_at is None:
                self.stopped_at = count
            assert count == self.stopped_at, "a turn after the end"
        numbers = list(RunStep.objects.filter(run=run).values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        taken = run.turns.filter(run_number__isnull=False).order_by("run_number")
        assert list(taken.values_list("run_number", flat=True)) == list(range(1, taken.count() + 1))


def test_never_a_turn_after_a_stop(studio: Workshop) -> None:
    """160"""
    seat_more(studio, "Cy")
    alice = seat(studio, "Alice")
    by = Seat(alice.room, alice)
    ended: dict[str, int] = {}
    for number in range(FIRST, FIRST + SCHEDULES):
        chance = random.Random(number)
        schedule = Schedule(chance, by, chance.choice(sorted(BY_NAME)))
        for _ in range(STEPS):
            schedule.happen()
        stop_runs(by=by)
        driver.advance(schedule.run_id)
        schedule.check()
        code = Run.objects.values_list("end_code", flat=True).get(pk=schedule.run_id)
        ended[code] = ended.get(code, 0) + 1
        forget(studio.uuid, number)
    assert ended["stopped"] > SCHEDULES / 4
    assert "internal" not in ended


def forget(room_id: UUID, number: int) -> None:
    """Old runs are read by none of this, and would only slow it down."""
    if number % 50 == 0:
        Run.objects.filter(room=room_id).delete()
        Turn.objects.filter(room=room_id).delete()
    assert Participant.objects.filter(room=room_id, left_at=None).count() == 5
