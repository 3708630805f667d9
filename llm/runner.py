"""Running turns: claim, let them speak (llm/speaking.py), settle.

All turns of a worker process are coroutines on one loop, with one connection pool to
the providers and one heartbeat for all leases.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.conf import settings

from llm import claims, falling_back, presence, stagger, turns
from llm.actions import STOP_CHANNEL
from llm.claims import INTERNAL, Claimed
from llm.further import calls_of, learn
from llm.models import Turn, UsageEntry
from llm.once import reading_once
from llm.prices import price_of
from llm.publisher import Publisher
from llm.reply import Reply
from llm.requests import TurnRequest
from llm.retrying import Models
from llm.runs import driver
from llm.scriptlines import Voice
from llm.speaking import Ending, Speech
from llm.spending import payer_of
from llm.thinking.publisher import ThoughtPublisher
from rooms import redis_clients
from rooms.database import AWAY, PAUSES, in_database
from rooms.protocol.shapes import ErrorShape

logger = logging.getLogger(__name__)

T = TypeVar("T")

CLOSE_SECONDS = 10.0
STOPPED_MOST = 256
# By then the next turn of a run, which begins where one ends, has been asked for.
ASIDE_SECONDS = 0.1

SHUT_DOWN = ErrorShape(code="worker_lost", message="The server was restarted during this reply. Try again.")


@dataclass(frozen=True)
class Closed:
    """How the turns of a closing worker ended. `unsettled` ones are left to the reaper."""

    finished: int
    cut: int
    unsettled: int


class Runner:
    """The turns of one worker process. Made and used on the background loop.

    `follows_runs`: it goes on with a run whose turn it ended, for as long as it has room for it.
    """

    def __init__(self, *, follows_runs: bool = True) -> None:
        self.worker = uuid4()
        self._follows_runs = follows_runs
        self._publisher = Publisher()
        self._thoughts = ThoughtPublisher()
        self._running: dict[UUID, tuple[Reply, asyncio.Task[None]]] = {}
        self._settling: set[asyncio.Task[Any]] = set()
        # Stopped lately, as the channel said: of a turn that is about to begin it may say so too early.
        self._stopped: deque[UUID] = deque(maxlen=STOPPED_MOST)
        self._is_closing = False
        loop = asyncio.get_running_loop()
        self._keepers = [loop.create_task(self._heartbeat()), loop.create_task(self._listen_for_stops())]

    async def run(self, *turn_ids: UUID) -> None:
        """Run those of the turns that are ours to run, to their ends."""
        if self._is_closing:
            return
        claimed = await in_database(claims.claim, turn_ids, self.worker)
        loop = asyncio.get_running_loop()
        speaking = [loop.create_task(self._follow(one)) for one in claimed]
        if speaking:
            await asyncio.wait([*speaking, self._aside(claims.keep, claimed)])

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        """What runs for as long as the process does."""
        return {*self._keepers, *self._publisher.tasks, *self._thoughts.tasks}

    async def close(self) -> Closed:
        """Begin nothing new, let what runs finish for a short while, and end the rest with its
        text, before the process ends. Called again, it ends what is left of the first call.
        """
        grace = 0.0 if self._is_closing else settings.LLM_GRACE_SECONDS
        self._is_closing = True
        running = {task for _, task in self._running.values()}
        late = (await asyncio.wait(running, timeout=grace))[1] if running else set()
        for task in late:
            task.cancel()
        ending = late | self._settling
        unsettled = (await asyncio.wait(ending, timeout=CLOSE_SECONDS))[1] if ending else set()
        return Closed(len(running) - len(late), len(late), len(unsettled))

    async def _follow(self, claimed: Claimed) -> None:
        """The turn to its end, and those of its run behind it that fall to this worker: in the place of
        Celery's that the first one has, so that no more of them run than there are places."""
        following = await self._speak(claimed)
        while following is not None:
            self._aside(claims.keep, [following])
            following = await self._speak(following)

    async def _speak(self, claimed: Claimed) -> Claimed | None:
        """The turn to its end. Returns what comes behind it, if that is this worker's."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (a coroutine of a task has one)
        turn = claimed.turn
        reply = Reply(turn, task.cancel, claimed.so_far)
        self._running[turn.pk] = (reply, task)
        leading = self._end_with_us(stagger.lead(turn, reply.has_answered))
        try:
            if self._is_closing or turn.pk in self._stopped:  # since the claim
                raise asyncio.CancelledError
            ending = await falling_back.speak(
                reply,
                claimed.request,
                claimed.models,
                partial(self._speech, claimed.present),
                may_ask_again=lambda: not self._is_closing,
            )
        except asyncio.CancelledError:
            # Either fenced off, and then settling changes nothing, or the process ends.
            ending = Ending("failed", SHUT_DOWN)
        except Exception:
            logger.exception("Turn %s failed", turn.pk)
            ending = Ending("failed", INTERNAL)
        reply.end_call(ending.usage)
        # Its end sends those behind it, if nothing has yet.
        leading.cancel()
        reply.release()
        self._publisher.drop(reply)
        self._thoughts.drop(reply)
        # A task of its own: whoever cancels this one must not cut the end off.
        settling = self._end_with_us(self._settle(reply, ending))
        try:
            return await asyncio.shield(settling)
        except asyncio.CancelledError:  # the process ends
            self._end_with_us(_give_back(settling))
            raise

    def _end_with_us(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        """A task that the closing worker waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
        return task

    def _aside(self, work: Callable[..., None], *args: Any) -> asyncio.Task[None]:
        """What nobody waits for, out of the way of what somebody does."""

        async def later() -> None:
            await asyncio.sleep(ASIDE_SECONDS)
            await in_database(work, *args)

        return self._end_with_us(later())

    def _speech(
        self, present: Sequence[Voice], reply: Reply, request: TurnRequest, models: Models, uses: int
    ) -> Speech:
        return Speech(
            reply,
            request,
            present=present,
            publisher=self._publisher,
            thoughts=self._thoughts,
            may_ask_again=lambda: not self._is_closing,
            others=models.rest,
            uses=uses,
        )

    async def _settle(self, reply: Reply, ending: Ending) -> Claimed | None:
        """End the turn in the database, trying again while that is away. Returns what comes behind it in
        its run, if that is this worker's.

        Its lease is renewed meanwhile, since the turn counts as running here until then.
        """
        try:
            for pause in (*PAUSES, None):
                try:
                    if reply.is_held_back and reply.pending.strip() and not reply.is_fenced:
                        # All of it was held back, waiting for what would join it: one emoji, say.
                        await self._publisher.begin(reply, is_last=True)
                    recorded, following = await in_database(_settle, reply, ending, self._next_worker())
                    if recorded:
                        self._aside(_learn, reply.turn, recorded)
                    return following
                except AWAY as refusal:
                    logger.warning("Turn %s: its end waits: %s", reply.turn.pk, type(refusal).__name__)
                except Exception:
                    logger.exception("Turn %s could not be settled", reply.turn.pk)
                if pause is not None:
                    await asyncio.sleep(pause)
            return None
        finally:
            self._running.pop(reply.turn.pk, None)

    def _next_worker(self) -> UUID | None:
        """Whose a run's next turn may be; None where it goes through the queue: others wait there."""
        is_full = len(self._running) >= settings.CELERY_WORKER_CONCURRENCY
        return None if self._is_closing or is_full or not self._follows_runs else self.worker

    async def _heartbeat(self) -> None:
        """One update for all leases; whatever is not ours any more is cancelled."""
        while True:
            pause = settings.LLM_HEARTBEAT_SECONDS
            try:
                await presence.announce()
            except Exception as error:
                logger.warning("This worker could not announce itself: %s", type(error).__name__)
            try:
                before = set(self._running)
                mine = await in_database(turns.renew, self.worker, before) if before else set()
                for turn_id in before - mine:
                    self._fence_off(turn_id)
            except Exception as error:
                logger.warning("Leases could not be renewed: %s", type(error).__name__)
                pause = PAUSES[0]  # they are running out
            await asyncio.sleep(pause)

    async def _listen_for_stops(self) -> None:
        """A stalled provider yields no chunk between which to look, so stops come beside it."""
        while True:
            try:
                async with redis_clients.asynchronous().pubsub() as pubsub:
                    await pubsub.subscribe(STOP_CHANNEL)
                    while True:
                        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1.0)
                        if message is not None:
                            self._fence_off(UUID(message["data"]))
            except Exception as error:
                logger.warning("Not hearing of stops for now: %s", type(error).__name__)
                await asyncio.sleep(1)

    def _fence_off(self, turn_id: UUID) -> None:
        running = self._running.get(turn_id)
        if running is not None:
            running[0].fence_off()
        else:
            self._stopped.append(turn_id)


async def _give_back(settling: asyncio.Task[Claimed | None]) -> None:
    """Nobody is left to run what comes next."""
    following = await settling
    if following is not None:
        await in_database(turns.settle, following.turn, "failed", turns.Text("", 0), SHUT_DOWN)


def _settle(reply: Reply, ending: Ending, worker: UUID | None) -> tuple[list[UsageEntry], Claimed | None]:
    """What was recorded of its calls, to learn from, and what comes behind it in its run, if that is for
    `worker` from here."""
    run_id = reply.turn.run_id if worker is not None else None
    with driver.followed(run_id):
        recorded, is_ended = _end(reply, ending)
    if run_id is None or not is_ended:
        return recorded, None
    try:
        return recorded, driver.advance(run_id, worker)
    except Exception:
        logger.exception("Run %s could not go on; the sweep will see to it", run_id)
        return recorded, None


def _end(reply: Reply, ending: Ending) -> tuple[list[UsageEntry], bool]:
    calls = calls_of(reply)
    end = partial(
        turns.settle,
        *(reply.turn, ending.state, reply.reached(), ending.error, reply.thought(), ending.outcome),
    )
    try:
        with reading_once():
            # Before anybody waits for the writer.
            for call in calls:
                price_of(call.used.model)
            if calls:
                payer_of(reply.turn)
            is_ended = end(calls)
    except AWAY:
        raise  # and it is tried again
    except Exception:
        logger.exception("Turn %s could not be ended with its usage", reply.turn.pk)
        calls, is_ended = [], end()
    for call in calls:
        reply.spent.pop(call.number, None)
    if not is_ended:
        logger.info("Turn %s was ended by somebody else", reply.turn.pk)
    return [call.used for call in calls], is_ended


def _learn(turn: Turn, recorded: Sequence[UsageEntry]) -> None:
    try:
        learn(turn, recorded)
    except Exception as error:
        logger.warning("Nothing was learnt from turn %s: %s", turn.pk, type(error).__name__)
