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


def _send(turn_id: UUID) -> None:
    try:
        current_app.send_task(RUN_TURN, args=[str(turn_id)], retry=False, ignore_result=True)
    except Exception as error:
        logger.warning("Turn %s could not be sent to the workers: %s", turn_id, type(error).__name__)
