"""Running turns: claim, ask the model, publish, settle.

All turns of a worker process are coroutines on one loop, with one connection pool to
the providers and one heartbeat for all leases.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings

from llm import given, presence, turns
from llm.actions import STOP_CHANNEL
from llm.gateway.client import stream_completion
from llm.gateway.errors import GatewayError
from llm.gateway.types import CompletionRequest, Finished, ThinkingChunk, Usage
from llm.models import Turn, UsageEntry
from llm.publisher import Publisher, Reply
from llm.requests import TurnRequest, request_for
from llm.retrying import RetryPolicy, pause_before_next
from llm.speaker import Speaker
from llm.thinking.publisher import ThoughtPublisher
from rooms import redis_clients
from rooms.database import AWAY, PAUSES, in_database
from rooms.protocol.shapes import ErrorShape

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 10.0

EMPTY = ErrorShape(code="empty", message="The model answered with nothing. Try again.")
SPENT = ErrorShape(code="length", message="The model reached its limit before it said anything.")
INTERNAL = ErrorShape(code="internal", message="Something went wrong on our side. Try again.")
# A stream that was cut off tells no usage; that something was spent is recorded all the same.
UNKNOWN_USAGE = Usage()
SHUT_DOWN = ErrorShape(code="worker_lost", message="The server was restarted during this reply. Try again.")


@dataclass(frozen=True)
class Claimed:
    """A turn that is ours to run. `so_far` is the text that it goes on from, if it does."""

    turn: Turn
    request: TurnRequest
    so_far: turns.Text | None


@dataclass(frozen=True)
class Closed:
    """How the turns of a closing worker ended. `unsettled` ones are left to the reaper."""

    finished: int
    cut: int
    unsettled: int


class Runner:
    """The turns of one worker process. Made and used on the background loop."""

    def __init__(self) -> None:
        self.worker = uuid4()
        self._publisher = Publisher()
        self._thoughts = ThoughtPublisher()
        self._running: dict[UUID, tuple[Reply, asyncio.Task[None]]] = {}
        self._settling: set[asyncio.Task[None]] = set()
        self._is_closing = False
        loop = asyncio.get_running_loop()
        self._keepers = [loop.create_task(self._heartbeat()), loop.create_task(self._listen_for_stops())]

    async def run(self, turn_id: UUID) -> None:
        """Run the turn to its end, if it is ours to run."""
        if self._is_closing:
            return
        claimed = await in_database(_claim, turn_id, self.worker)
        if claimed is None:
            return
        # Beside the call, in whose way a write would be.
        self._end_with_us(in_database(_record_given, claimed))
        task = asyncio.get_running_loop().create_task(self._speak(claimed))
        await asyncio.wait({task})

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

    async def _speak(self, claimed: Claimed) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (a coroutine of a task has one)
        turn = claimed.turn
        reply = Reply(turn, task.cancel, claimed.so_far)
        self._running[turn.pk] = (reply, task)
        usage: Usage | None = None
        state: turns.EndState = "done"
        error: ErrorShape | None = None
        try:
            if self._is_closing:  # since the claim
                raise asyncio.CancelledError
            finished = await self._ask(reply, claimed.request)
            usage = finished.usage
            state, error = _outcome(reply, finished)
        except GatewayError as failure:
            state, error = "failed", ErrorShape(code=failure.code, message=failure.message)
            usage = failure.usage
        except asyncio.CancelledError:
            # Either fenced off, and then settling changes nothing, or the process ends.
            state, error = "failed", SHUT_DOWN
        except Exception:
            logger.exception("Turn %s failed", turn.pk)
            state, error = "failed", INTERNAL
        reply.release()
        self._publisher.drop(reply)
        self._thoughts.drop(reply)
        # A task of its own: whoever cancels this one must not cut the end off.
        await asyncio.shield(self._end_with_us(self._settle(reply, state, error, usage)))

    def _end_with_us(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """A task that the closing worker waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
        return task

    async def _ask(self, reply: Reply, request: CompletionRequest) -> Finished:
        """`_stream`, and again where that is worth it and the model has sent nothing yet.

        The heartbeat keeps the lease through the pauses, and a stop cancels them.
        """
        policy = RetryPolicy(
            settings.LLM_TRIES, settings.LLM_RETRY_SECONDS, settings.LLM_LONGEST_RETRY_SECONDS
        )
        while True:
            try:
                return await self._stream(reply, request)
            except GatewayError as failure:
                chance = random.random()  # noqa: S311 (no secret)
                pause = pause_before_next(policy, failure, tries=reply.tries, chance=chance)
                if pause is None or reply.is_answered or self._is_closing:
                    raise
                if failure.usage is not None:
                    reply.spent[reply.tries] = failure.usage
                logger.info("Turn %s: asking again in %.1f s after %s", reply.turn.pk, pause, failure.code)
            await asyncio.sleep(pause)
            reply.tries += 1

    async def _stream(self, reply: Reply, request: CompletionRequest) -> Finished:
        """Publish what the model thinks and says as it comes; returns how it finished."""
        persona = reply.turn.participant
        speaker = Speaker(persona.name, persona.title, before=reply.text())
        async with aclosing(stream_completion(request)) as chunks:
            async for chunk in chunks:
                reply.is_answered = True
                if isinstance(chunk, Finished):
                    await self._add(reply, *speaker.rest())
                    return chunk
                hear = speaker.think if isinstance(chunk, ThinkingChunk) else speaker.say
                await self._add(reply, *hear(chunk.text))
                if reply.is_repeating():
                    raise GatewayError("repetition")
        raise GatewayError("truncated")

    async def _add(self, reply: Reply, thought: str, said: str) -> None:
        if thought:
            self._thoughts.add(reply, thought)
        text = said if reply.has_begun or reply.pending else said.lstrip()
        if not text:
            return
        reply.end_thinking()
        self._publisher.add(reply, text)
        if not reply.has_begun and not await self._publisher.begin(reply):
            raise asyncio.CancelledError

    async def _settle(
        self, reply: Reply, state: turns.EndState, error: ErrorShape | None, usage: Usage | None
    ) -> None:
        """End the turn in the database, trying again while that is away.

        Its lease is renewed meanwhile, since the turn counts as running here until then.
        """
        try:
            for pause in (*PAUSES, None):
                try:
                    if not reply.has_begun and reply.pending.strip() and not reply.is_fenced:
                        # All of it was held back, waiting for what would join it: one emoji, say.
                        await self._publisher.begin(reply, is_last=True)
                    await in_database(_settle, reply, state, error, usage)
                    break
                except AWAY as refusal:
                    logger.warning("Turn %s: its end waits: %s", reply.turn.pk, type(refusal).__name__)
                except Exception:
                    logger.exception("Turn %s could not be settled", reply.turn.pk)
                if pause is None:
                    return
                await asyncio.sleep(pause)
        finally:
            self._running.pop(reply.turn.pk, None)

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


def _outcome(reply: Reply, finished: Finished) -> tuple[turns.EndState, ErrorShape | None]:
    """How a reply ends whose model has finished."""
    is_cut = finished.reason == "length"
    if not reply.reached().text.strip():
        return "failed", SPENT if is_cut else EMPTY
    return "done", turns.CUT_BY_LENGTH if is_cut else None


def _claim(turn_id: UUID, worker: UUID) -> Claimed | None:
    turn = turns.claim(turn_id, worker)
    if turn is None:
        return None
    so_far = turns.so_far(turn)
    try:
        return Claimed(turn, request_for(turn, said=so_far.text if so_far else ""), so_far)
    except Exception:
        # Claimed, so nobody else would end it before its lease runs out.
        logger.exception("Turn %s: its request could not be made", turn.pk)
        turns.settle(turn, "failed", so_far or turns.Text("", 0), INTERNAL)
        return None


def _record_given(claimed: Claimed) -> None:
    try:
        given.record(claimed.turn, claimed.request)
    except Exception as error:
        # The reply needs none of it.
        logger.warning("What turn %s was given could not be kept: %s", claimed.turn.pk, type(error).__name__)


def _settle(reply: Reply, state: turns.EndState, error: ErrorShape | None, usage: Usage | None) -> None:
    try:
        # First, so that the event of the end tells it; on its own, so that it is never fenced.
        _record_usage(reply, usage)
    except AWAY:
        raise  # the end could not be written either, and both are tried again
    except Exception:
        logger.exception("The usage of turn %s could not be recorded", reply.turn.pk)
    if not turns.settle(reply.turn, state, reply.reached(), error, reply.thought()):
        logger.info("Turn %s was ended by somebody else", reply.turn.pk)


def _record_usage(reply: Reply, usage: Usage | None) -> None:
    if usage is None and reply.is_answered:
        usage = UNKNOWN_USAGE
    spent = reply.spent if usage is None else {**reply.spent, reply.tries: usage}
    for number, used in spent.items():
        entry = UsageEntry(
            model=reply.turn.model,
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            cached_tokens=used.cached_tokens,
            cost_usd=used.cost_usd,
        )
        turns.record_usage(reply.turn, entry, number=number)
