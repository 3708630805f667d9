"""Whatever workers, reapers and people do in whatever order, a turn ends once and its text holds."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from llm import turns
from llm.models import Turn, UsageEntry
from llm.tests.helpers import called, lose_lease, turn_events
from rooms import livetext
from rooms.models import Message
from rooms.protocol.shapes import ErrorShape
from rooms.tests.people import Workshop

TERMINAL = {"done", "stopped", "failed"}
STOPPED = ErrorShape(code="stopped", message="Stopped by Bob.")


class Worker:
    """What one worker believes after its claim; it may be wrong."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.message_id = uuid4()
        self.text = ""
        self.index = -1
        self.has_settled = False


class TurnMachine(RuleBasedStateMachine):
    """One turn, any number of workers that each do what they should, but at any time."""

    studio: Workshop
    workers: Bundle[Worker] = Bundle("workers")

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.loop = asyncio.new_event_loop()
        self.turn_id: UUID = called(self.studio).pk
        self.last: tuple[str, str | None] | None = None
        self.told = ""

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)
        self.loop.close()

    def publish(self, worker: Worker, piece: str) -> str:
        whole = worker.text + piece
        one = livetext.Piece(worker.message_id, worker.turn.fence, worker.index + 1, piece, whole)
        [result] = self.loop.run_until_complete(livetext.append([one]))
        return result

    @rule(target=workers)
    def claim(self) -> Worker:
        claimed = turns.claim(self.turn_id, uuid4())
        if claimed is None:  # a worker that was late, and believes in the row as it is
            claimed = Turn.objects.select_related("participant").get(pk=self.turn_id)
            claimed.fence = max(0, claimed.fence - 1)
        return Worker(claimed)

    @rule(worker=workers, text=st.sampled_from(["One", "Two 🌷"]))
    def begin(self, worker: Worker, text: str) -> None:
        if worker.index >= 0 or worker.turn.fence == 0 or worker.has_settled:
            return
        self.publish(worker, text)
        if turns.begin(worker.turn, worker.message_id, text):
            worker.text, worker.index, self.told = text, 0, text

    @rule(worker=workers, text=st.sampled_from([" and", " more"]))
    def add(self, worker: Worker, text: str) -> None:
        # The publisher drops a reply before it is settled: nothing of it comes after that.
        if worker.index < 0 or worker.has_settled:
            return
        if self.publish(worker, text) == "ok":
            worker.text, worker.index = worker.text + text, worker.index + 1
            self.told = worker.text

    @rule(worker=workers)
    def checkpoint(self, worker: Worker) -> None:
        if worker.index >= 0:
            turns.checkpoint({worker.turn: turns.Text(worker.text, worker.index)})

    @rule(worker=workers, state=st.sampled_from(["done", "failed"]))
    def settle(self, worker: Worker, state: turns.EndState) -> None:
        error = turns.WORKER_LOST if state == "failed" else None
        turns.settle(worker.turn, state, turns.Text(worker.text, max(0, worker.index)), error)
        worker.has_settled = True

    # Of none, a sum says the same as before it was told.
    @rule(worker=workers, tokens=st.integers(1, 9))
    def record_usage(self, worker: Worker, tokens: int) -> None:
        turns.record_usage(worker.turn, UsageEntry(model="m", output_tokens=tokens))

    @rule()
    def stop(self) -> None:
        turns.stop(self.turn_id, STOPPED)

    @rule(is_lost=st.booleans())
    def expire(self, is_lost: bool) -> None:
        if is_lost:
            lose_lease(Turn.objects.get(pk=self.turn_id))
        turns.expire(self.turn_id)

    @invariant()
    def there_is_one_message_at_most(self) -> None:
        assert Message.objects.filter(turn_id=self.turn_id).count() <= 1

    @invariant()
    def the_end_is_the_end(self) -> None:
        turn = Turn.objects.get(pk=self.turn_id)
        message = Message.objects.filter(turn_id=turn.pk).first()
        if self.last is not None:
            assert (turn.state, message.text if message else None) == self.last
        elif turn.state in TERMINAL:
            self.last = (turn.state, message.text if message else None)

    @invariant()
    def what_was_seen_stays(self) -> None:
        turn = Turn.objects.get(pk=self.turn_id)
        if turn.state in TERMINAL and turn.message_id is not None:
            message = Message.objects.get(pk=turn.message_id)
            assert message.text == self.told
            assert message.state == {"done": "complete"}.get(turn.state, turn.state)

    @invariant()
    def the_room_was_told_of_one_end(self) -> None:
        """Told again only where its usage became known afterwards."""
        told = turn_events(self.studio)
        ends = [shape for shape in told if shape["state"] in TERMINAL]
        assert told[-len(ends) :] == ends or not ends
        assert {end["state"] for end in ends} == ({self.last[0]} if self.last else set())
        usages = [json.dumps(end["usage"]) for end in ends]
        assert len(usages) == len(set(usages))

    @invariant()
    def usage_is_counted_once_an_attempt(self) -> None:
        attempts = list(UsageEntry.objects.filter(turn=self.turn_id).values_list("attempt", flat=True))
        assert len(attempts) == len(set(attempts))


@pytest.mark.timeout(300)  # a few seconds on a quiet machine
@pytest.mark.django_db
def test_a_turn_ends_once(studio: Workshop, redis_server: object) -> None:
    machine = type("Machine", (TurnMachine,), {"studio": studio})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
