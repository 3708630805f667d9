"""The guarantee behind every accelerator: a thread in each process that finds turns whose
worker is gone, turns that no worker was told of, rooms whose messages nobody has decided on, and
what has been kept for long enough. All it does is conditional, so any number of reapers do no harm.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from math import inf
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from llm import dispatch, given, turns
from llm.actions import stop_departed
from llm.hands import keeping
from llm.memory import compaction
from llm.models import Turn
from llm.queue import enqueue, enqueue_compaction
from llm.routing import calls as router_calls
from llm.runs import driver, people
from rooms.actions.polls import close_due_polls
from rooms.actions.retention import BATCH, prune_some
from rooms.models import Participant, Room

logger = logging.getLogger(__name__)

_started = threading.Lock()

# Longer than a writer waits for others; shorter than it takes a lease that is renewed to run out,
# less the pause between two sweeps.
_HINDERED_SECONDS = 2.0


class Watch:
    """Whether this process could write all the while that a lease lasts.

    Where the database was away, workers that are well could not renew their leases, and who
    finds it back first must not take their replies from them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._hindered_at = -inf

    def look(self) -> None:
        """Begins a transaction that could write. Raises DatabaseError where it can't."""
        began = self._clock()
        try:
            # On SQLite the block itself takes the lock of the one writer.
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            self._hindered_at = self._clock()
            raise
        if self._clock() - began > _HINDERED_SECONDS:
            self._hindered_at = self._clock()

    @property
    def was_well(self) -> bool:
        return self._clock() - self._hindered_at > settings.LLM_LEASE_SECONDS


watch = Watch()


class Pruning:
    """Deletes what is kept for a time only, without anybody having to think of it: a batch a
    sweep while there is something, and then nothing for a while."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = BATCH) -> None:
        self._clock = clock
        self._most = most
        self._due_at = clock() + self._interval()

    def prune_if_due(self) -> None:
        if self._clock() < self._due_at:
            return
        if not prune_some(most=self._most) and not given.prune(most=self._most):
            self._due_at = self._clock() + self._interval()

    @staticmethod
    def _interval() -> float:
        # Spread out, so that processes that were started together do not look together.
        return settings.ROOMS_PRUNE_SECONDS * random.uniform(0.5, 1.0)  # noqa: S311 (no secret)


pruning = Pruning()


def sweep() -> None:
    """One pass over everything that could have been left behind. What fails costs only itself."""
    try:
        watch.look()
    except DatabaseError as error:
        logger.warning("No sweep, the database is away: %s", error)
        return
    steps = (
        expire_lost_turns,
        dispatch_forgotten_rooms,
        stop_departed,
        drive_runs,
        look_at_hands,
        resend_waiting_turns,
        close_due_polls,
        mend_router_calls,
        look_after_memories,
        pruning.prune_if_due,
    )
    for step in steps:
        try:
            step()
        except Exception as error:
            logger.warning("A sweep could not %s: %s", step.__name__.replace("_", " "), error)


def expire_lost_turns() -> int:
    if not watch.was_well:
        return 0
    lost = Turn.objects.filter(state=Turn.State.RUNNING, lease_until__lt=Now()).order_by()
    return _each(turns.expire, list(lost.values_list("pk", flat=True)))


def dispatch_forgotten_rooms() -> int:
    behind = Room.objects.filter(head_seq__gt=0).filter(
        Q(dispatch_cursor=None) | Q(dispatch_cursor__seq__lt=F("head_seq"))
    )
    return _each(dispatch.look_at, list(behind.values_list("pk", flat=True)[:200]))


def _each(mend: Callable[[UUID], int], ids: list[UUID]) -> int:
    """The sum of `mend(id)`; one id that fails does not starve the others."""
    done = 0
    for id_ in ids:
        try:
            done += mend(id_)
        except Exception as error:
            logger.warning("A sweep could not mend %s: %s", id_, error)
    return done


def resend_waiting_turns() -> int:
    """Send again what has waited too long and whose persona is free, each once an interval."""
    before = timezone.now() - timedelta(seconds=settings.LLM_REQUEUE_SECONDS)
    busy = Turn.objects.filter(state=Turn.State.RUNNING).values("participant_id")
    waiting = (
        Turn.objects.filter(state=Turn.State.QUEUED, created_at__lt=before)
        .filter(participant__kind=Participant.Kind.PERSONA)
        .filter(Q(enqueued_at=None) | Q(enqueued_at__lt=before))
        .exclude(participant_id__in=busy)
        .order_by("created_at")
        .values_list("pk", flat=True)[:200]
    )
    sent = 0
    for turn_id in list(waiting):
        due = Turn.objects.filter(
            Q(enqueued_at=None) | Q(enqueued_at__lt=before), pk=turn_id, state=Turn.State.QUEUED
        )
        if due.update(enqueued_at=timezone.now()):
            enqueue(turn_id)
            sent += 1
    return sent


def drive_runs() -> int:
    people.end_late()
    return _each(_drive, driver.due())


def _drive(run_id: UUID) -> int:
    driver.advance(run_id)
    return 1


def look_at_hands() -> int:
    return _each(keeping.look, keeping.rooms_with_hands())


def mend_router_calls() -> int:
    return router_calls.sweep()


def look_after_memories() -> int:
    """See which rooms have grown, and have those folded whose messages are too many by now."""
    _each(compaction.look, compaction.rooms_to_look_at())
    due = compaction.rooms_due()
    for room_id in due:
        # Not again by every sweep of every process while it waits for a worker.
        if compaction.postpone(room_id):
            enqueue_compaction(room_id)
    return len(due)


def start_thread() -> None:
    """Start this process's reaper, once."""
    if _started.acquire(blocking=False):
        threading.Thread(target=_run, name="reaper", daemon=True).start()


def _run() -> None:
    while True:
        # Spread out, so that the processes do not all look at the same moment.
        time.sleep(settings.LLM_SWEEP_SECONDS * random.uniform(0.7, 1.3))  # noqa: S311 (no secret)
        try:
            close_old_connections()
            sweep()
        except Exception as error:
            logger.warning("A sweep failed: %s", error)
        finally:
            close_old_connections()
