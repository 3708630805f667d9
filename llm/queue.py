"""Telling workers of a turn. A message that is lost here costs seconds, not the turn: the
sweep sends it again."""

from __future__ import annotations

import logging
import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from uuid import UUID

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)

RUN_TURN = "llm.run_turn"
ASK_ROUTER = "llm.ask_router"
COMPACT_ROOM = "llm.compact_room"
WAITING_MOST = 1_000
# More of them would wait for each other longer than what is saved by what they read together.
TOGETHER_MOST = 4


@cache
def _sender() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="enqueue")


def enqueue_on_commit(*turn_ids: UUID) -> None:
    """Send the turns to the workers once the open transaction is committed."""
    transaction.on_commit(lambda: enqueue(*turn_ids), robust=True)


def enqueue(*turn_ids: UUID) -> None:
    """Send turns to the workers, in the background: a Redis that refuses is slow to do so.

    Several go in groups, each of which a worker begins together; for at least two workers, where there
    are two turns.
    """
    sender = _sender()
    size = max(1, min(TOGETHER_MOST, math.ceil(len(turn_ids) / 2)))
    for at in range(0, len(turn_ids), size):
        if sender._work_queue.qsize() < WAITING_MOST:
            sender.submit(_send, *turn_ids[at : at + size])


def enqueue_router_on_commit(message_id: UUID) -> None:
    """Have a worker ask the router about the message, once the open transaction is committed."""
    transaction.on_commit(lambda: enqueue_router(message_id), robust=True)


def enqueue_router(message_id: UUID) -> None:
    sender = _sender()
    if sender._work_queue.qsize() < WAITING_MOST:
        sender.submit(_send_router, message_id)


def enqueue_compaction(room_id: UUID) -> None:
    """Have a worker fold the room's old messages. One that is lost is sent again by the sweep."""
    sender = _sender()
    if sender._work_queue.qsize() < WAITING_MOST:
        sender.submit(_send_compaction, room_id)


def _send_compaction(room_id: UUID) -> None:
    _send_task(COMPACT_ROOM, room_id)


def _send(*turn_ids: UUID) -> None:
    _send_task(RUN_TURN, *turn_ids)


def _send_router(message_id: UUID) -> None:
    _send_task(ASK_ROUTER, message_id)


def _send_task(task: str, *ids: UUID) -> None:
    named = [str(id_) for id_ in ids]
    try:
        current_app.send_task(task, args=named, retry=False, ignore_result=True)
    except Exception as error:
        what = f"{task} {' '.join(named)}"
        logger.warning("%s could not be sent to the workers: %s", what, type(error).__name__)
