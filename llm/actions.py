"""What people may do with turns."""

from __future__ import annotations

import logging
from functools import partial
from uuid import UUID

import redis
from django.db import transaction

from llm import turns
from llm.models import Chain, Turn
from llm.protocol import TurnChanged
from llm.queue import enqueue_on_commit
from llm.shaping import turn_shape
from rooms import background, eventlog, extensions, redis_clients
from rooms.access import Seat
from rooms.errors import ParleyError, not_found
from rooms.protocol.shapes import ErrorShape

logger = logging.getLogger(__name__)

# Workers listen here for turns that ended from outside.
STOP_CHANNEL = "parley:stopped"


def stop_turn(*, by: Seat, turn_id: UUID) -> None:
    """Stop one turn; a turn that has ended stays as it is.

    The end is written here and not by the worker, so that it is immediate and holds
    with a worker that hangs. Raises `not_found` for a turn of another room.
    """
    if not Turn.objects.filter(pk=turn_id, room=by.room).exists():
        raise not_found()
    _stop(by, turn_id)


def stop_all(*, by: Seat) -> int:
    """Stop every queued or running turn of the room; returns how many ended by it."""
    with eventlog.transaction():
        # All locked first and in one order: two people may stop everything at the same moment.
        open_turns = (
            Turn.objects.filter(room=by.room, state__in=turns.OPEN).select_for_update().order_by("pk")
        )
        # The waiting ones first, so that the end of a running one starts none of them.
        ids = [t.pk for t in sorted(open_turns, key=lambda t: t.state != Turn.State.QUEUED)]
        return sum(_stop(by, turn_id) for turn_id in ids)


def retry_turn(*, by: Seat, turn_id: UUID) -> Turn:
    """Wake the persona again for the same message, on a chain of its own.

    Raises `not_found`, or `turn_settled` when the turn neither failed nor was stopped
    or blocked, or its persona has left.
    """
    turn = Turn.objects.select_related("participant", "room").filter(pk=turn_id, room=by.room).first()
    if turn is None:
        raise not_found()
    if (
        turn.state not in {Turn.State.FAILED, Turn.State.STOPPED, Turn.State.BLOCKED}
        or turn.participant.left_at
    ):
        raise ParleyError("turn_settled", "This reply can't be asked for again.", state=turn.state)
    with eventlog.transaction():
        room = type(turn.room).objects.select_for_update(no_key=True).get(pk=turn.room_id)
        earlier = Turn.objects.filter(
            trigger_message=turn.trigger_message_id, participant=turn.participant, cause=Turn.Cause.RETRY
        )
        open_retry = earlier.filter(state__in=turns.OPEN).first()
        if open_retry is not None:
            return open_retry
        model = extensions.model_of(turn.participant, room)
        again = Turn.objects.create(
            chain=Chain.objects.create(room=room, turns_used=1),
            room=room,
            participant=turn.participant,
            trigger_message_id=turn.trigger_message_id,
            cause=Turn.Cause.RETRY,
            repeat=earlier.count(),
            model=model.name,
            is_scripted=model.is_scripted,
        )
        eventlog.append(room.pk, TurnChanged(turn=turn_shape(again)))
        enqueue_on_commit(again.pk)
        return again


def stop_departed() -> int:
    """Stop the open turns of personas that were removed from their rooms; returns how many."""
    departed = Turn.objects.filter(state__in=turns.OPEN, participant__left_at__isnull=False)
    # The waiting ones first, so that the end of a running one starts none of them.
    rows = sorted(
        departed.values_list("pk", "state", "participant__name"),
        key=lambda row: row[1] != Turn.State.QUEUED,
    )
    stopped = 0
    for turn_id, _, name in rows:
        with eventlog.transaction():
            error = ErrorShape(code="stopped", message=f"{name} was removed from the room.")
            stopped += _end(turn_id, error)
    return stopped


def _stop(by: Seat, turn_id: UUID) -> bool:
    return _end(turn_id, ErrorShape(code="stopped", message=f"Stopped by {by.participant.name}."))


def _end(turn_id: UUID, error: ErrorShape) -> bool:
    if not turns.stop(turn_id, error):
        return False
    transaction.on_commit(partial(_nudge, turn_id), robust=True)
    return True


def _nudge(turn_id: UUID) -> None:
    """Tell the worker at once, in the background; without Redis it notices at its next
    heartbeat."""
    background.submit(_publish_stop(turn_id))


async def _publish_stop(turn_id: UUID) -> None:
    try:
        await redis_clients.asynchronous().publish(STOP_CHANNEL, str(turn_id))
    except redis.RedisError as error:
        logger.warning("Turn %s: no nudge to its worker: %s", turn_id, type(error).__name__)
