"""Celery's doors: tasks take ids and hand over to the runner. Imported by workers only."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down
from django.conf import settings

from llm import cards, reaper
from llm.gateway.catalogue import read_catalogue
from llm.gateway.client import warm_up
from llm.memory import summarising
from llm.queue import ASK_ROUTER, COMPACT_ROOM, RUN_TURN
from llm.routing.run import route
from llm.runner import CLOSE_SECONDS, Runner
from rooms import background
from rooms.database import in_database
from rooms.garbage import set_aside_what_is_loaded

logger = logging.getLogger(__name__)

# What Celery needs, once its threads are free, to end by itself.
JOIN_SECONDS = 4.0

_runner: Runner | None = None
_lock = threading.Lock()


def runner() -> Runner:
    """The process's runner, started at the first call."""
    global _runner
    with _lock:
        if _runner is None:
            _runner = background.submit(_make_runner()).result(timeout=10)
        return _runner


async def _make_runner() -> Runner:
    return Runner()


@shared_task(name=RUN_TURN, ignore_result=True)
def run_turn(*turn_ids: str) -> None:
    """Run a turn, or some that begin together; waits for their ends, so that Celery's concurrency
    bounds the turns."""
    background.submit(runner().run(*map(UUID, turn_ids))).result()


@shared_task(name=ASK_ROUTER, ignore_result=True)
def ask_router(message_id: str) -> None:
    """Ask a room's router about one message, once."""
    background.submit(route(UUID(message_id))).result()


@shared_task(name=COMPACT_ROOM, ignore_result=True)
def compact_room(room_id: str) -> None:
    """Fold a room's old messages into its memory."""
    background.submit(summarising.compact(UUID(room_id))).result()


@worker_init.connect
def start(**_: Any) -> None:
    """Import litellm and connect before the first turn, not during it."""
    try:
        background.submit(asyncio.to_thread(warm_up)).result()
        runner()
    except Exception as error:
        # Celery would log this and go on with a worker that fails every turn.
        logger.exception("This worker can't start")
        raise SystemExit(1) from error
    set_aside_what_is_loaded()
    reaper.start_thread()
    # Nobody waits for it: a provider may take seconds to list its models, or not answer.
    background.submit(note_models())


async def note_models() -> None:
    """Tell the web, by rows, which models this worker's environment reaches."""
    try:
        count = await in_database(cards.store, await read_catalogue(os.environ))
        logger.info("%d models can be chosen", count)
    except Exception:
        # Replies need none of it: the cards stay as an earlier worker left them.
        logger.exception("The models that can be chosen could not be noted")


@worker_shutting_down.connect
def stop(**_: Any) -> None:
    """On SIGTERM, at once: Celery only waits for its threads, without limit, until they have
    ended by themselves. In a thread, since a signal's handler may hold up nothing.

    It is Celery's warm stop that tells us so early. Its soft and cold ones sleep and wait for
    all threads first, so that nothing would end the replies that they wait for.
    """
    threading.Thread(target=_wind_up, name="wind-up", daemon=True).start()


def _wind_up() -> None:
    try:
        if _runner is not None:
            longest = settings.LLM_GRACE_SECONDS + 2 * CLOSE_SECONDS
            closed = background.submit(_runner.close()).result(timeout=longest)
            logger.log(
                logging.WARNING if closed.finished or closed.cut else logging.INFO,
                "Told to stop. Replies that finished: %d, cut off: %d, left to the sweep: %d",
                closed.finished,
                closed.cut,
                closed.unsettled,
            )
    except Exception:
        logger.exception("The replies of this worker could not be ended in order")
    # A thread or a broker that hangs would keep the process for ever.
    time.sleep(JOIN_SECONDS)
    logger.error("This worker did not end by itself")
    os._exit(1)
