"""Telling workers of a turn. A message that is lost here costs seconds, not the turn: the
sweep sends it again."""

from __future__ import annotations

import logging
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


@cache
def _sender() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="enqueue")


def enqueue_on_commit(turn_id: UUID) -> None:
    """Send the turn to the workers once the open transaction is committed."""
    transaction.on_commit(lambda: enqueue(turn_id), robust=True)


def enqueue(turn_id: UUID) -> None:
    """Send the turn to the workers, in the background: a Redis that refuses is slow to do so."""
    sender = _sender()
    if sender._work_queue.qsize() < WAITING_MOST:
        sender.submit(_send, turn_id)


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


def _send(turn_id: UUID) -> None:
    _send_task(RUN_TURN, turn_id)


def _send_router(message_id: UUID) -> None:
    _send_task(ASK_ROUTER, message_id)


def _send_task(task: str, id_: UUID) -> None:
    try:
        current_app.send_task(task, args=[str(id_)], retry=False, ignore_result=True)
    except Exception as error:
        logger.warning("%s %s could not be sent to the workers: %s", task, id_, type(error).__name__)
