"""What people may do with turns."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from uuid import UUID

import redis
from django.db import transaction
from django.db.models import QuerySet

from llm import succession, turns
from llm.models import Chain, Turn
from llm.protocol import TurnChanged
from llm.queue import enqueue_on_commit
from llm.runs.retaking import take_again
from llm.shaping import turn_shape
from rooms import background, eventlog, extensions, redis_clients
from rooms.access import Seat
from rooms.errors import ParleyError, not_found
from rooms.models import Message, Participant, Room
from rooms.protocol.shapes import ErrorShape

logger = logging.getLogger(__name__)

# Workers listen here for turns that ended from outside.
STOP_CHANNEL = "parley:stopped"


def stop_turn(*, by: Seat, turn_id: UUID) -> None:
    """Stop one turn; a turn that has ended stays as it is.

    The end is written here and not by the worker, so that it is immediate and holds
    with a worker that hangs. Raises `not_found` for a turn of another room.
    """
    _end(_turn_of(by.room, turn_id).pk, _stopped_by(by))


def stop_all(*, by: Seat) -> int:
    """Stop every queued or running turn of the room; returns how many ended by it."""
    return end_turns(Turn.objects.filter(room=by.room), lambda turn: _stopped_by(by))


def retry_turn(*, by: Seat, turn_id: UUID) -> Turn:
    """Wake the persona again for the same message, on a chain of its own. A turn of a run is taken again by
    the run, and is returned itself.

    Raises `not_found`, or `turn_settled` when the turn neither failed nor was stopped
    or blocked, or its persona has left, or its run has gone on without it.
    """
    turn = _turn_of(by.room, turn_id)
    if (
        turn.state not in {Turn.State.FAILED, Turn.State.STOPPED, Turn.State.BLOCKED}
        or turn.participant.left_at
        # A person's, in a run.
        or turn.participant.kind != Participant.Kind.PERSONA
    ):
        raise ParleyError("turn_settled", "This reply can't be asked for again.", state=turn.state)
    if turn.run_id is not None:
        return take_again(turn)
    with eventlog.transaction():
        room = _locked(turn.room_id)
        same = Turn.objects.filter(trigger_message=turn.trigger_message_id, participant=turn.participant)
        open_retry = same.filter(cause=Turn.Cause.RETRY, state__in=turns.OPEN).first()
        return open_retry or _ask_again(room, turn, Turn.Cause.RETRY, by=by)


def speak_now(*, by: Seat, participant_id: UUID) -> Turn:
    """Have a persona speak on the newest whole message, on a chain of its own.

    Asked again before it has ended, it is one turn. Raises `not_found`, also for a person;
    `not_allowed` for a muted persona; `invalid` where nothing was said yet.
    """
    with eventlog.transaction():
        room = _locked(by.room.pk)
        personas = room.participants.filter(kind=Participant.Kind.PERSONA, left_at=None)
        persona = personas.filter(pk=participant_id).first()
        if persona is None:
            raise not_found()
        if persona.is_muted:
            raise ParleyError("not_allowed", f"{persona.name} is muted in this room.", is_muted=True)
        told = Turn.objects.filter(
            room=room, participant=persona, cause=Turn.Cause.SPEAK, state__in=turns.OPEN
        ).first()
        if told is not None:
            return told
        said = Message.objects.filter(room=room, kind=Message.Kind.CHAT, seq__isnull=False)
        newest = said.exclude(state=Message.State.STREAMING).exclude(text="").order_by("-seq").first()
        if newest is None:
            raise ParleyError("invalid", "Nothing was said in this room yet.")
        return _wake_anew(room, persona, newest.pk, Turn.Cause.SPEAK, by=by)


def continue_turn(*, by: Seat, turn_id: UUID) -> Turn:
    """Have the persona go on with the reply that `turn_id` wrote and that was cut off.

    It goes on in the same message, as a turn of its own that waits for the persona's other
    ones. Asked twice, it is one turn. Raises `not_found`, or `turn_settled` where the reply
    is whole, without text, under way, or was continued since, or its persona has left.
    """
    turn = _turn_of(by.room, turn_id)
    with eventlog.transaction():
        room = _locked(turn.room_id)
        message = Message.objects.filter(room=room, pk=turn.message_id).first() if turn.message_id else None
        if message is not None:
            going_on = Turn.objects.filter(
                room=room, message_id=message.pk, cause=Turn.Cause.CONTINUE, state__in=turns.OPEN
            ).first()
            if going_on is not None:
                return going_on
        if message is None or message.turn_id != turn.pk or not _was_cut_off(message):
            raise ParleyError("turn_settled", "This reply can't be continued.", state=turn.state)
        if turn.participant.left_at:
            raise ParleyError("turn_settled", "Who wrote this has left the room.", state=turn.state)
        return _ask_again(room, turn, Turn.Cause.CONTINUE, by=by, goes_on_with=message)


def stop_departed() -> int:
    """Stop the open turns of personas that were removed from their rooms; returns how many."""
    departed = Turn.objects.filter(state__in=turns.OPEN, participant__left_at__isnull=False)
    rooms = departed.order_by("room_id").values_list("room_id", flat=True).distinct()
    # A transaction for each room: one over several would lock their rows in any order.
    return sum(end_turns(departed.filter(room=room_id), _removed) for room_id in list(rooms))


def _turn_of(room: Room, turn_id: UUID) -> Turn:
    turn = Turn.objects.select_related("participant", "room").filter(pk=turn_id, room=room).first()
    if turn is None:
        raise not_found()
    return turn


def _locked(room_id: UUID) -> Room:
    """The room, locked: of two who ask for the same at once, the second finds the first's turn."""
    return Room.objects.select_for_update(no_key=True).get(pk=room_id)


def _was_cut_off(message: Message) -> bool:
    is_unfinished = message.state in {Message.State.STOPPED, Message.State.FAILED}
    is_cut = message.state == Message.State.COMPLETE and message.error_code == turns.CUT_BY_LENGTH.code
    return bool(message.text.strip()) and (is_unfinished or is_cut)


def _ask_again(
    room: Room, turn: Turn, cause: Turn.Cause, *, by: Seat, goes_on_with: Message | None = None
) -> Turn:
    """A new turn of `turn`'s persona for what woke it, with the same task."""
    succession.reopen(turn.trigger_message_id, turn.participant_id)
    return _wake_anew(
        room,
        turn.participant,
        turn.trigger_message_id,
        cause,
        by=by,
        task=turn.task,
        goes_on_with=goes_on_with,
    )


def _wake_anew(
    room: Room,
    persona: Participant,
    trigger_message_id: UUID,
    cause: Turn.Cause,
    *,
    by: Seat,
    task: str = "",
    goes_on_with: Message | None = None,
) -> Turn:
    """A turn that `by` asked for by hand, on a chain of its own, which they answer for.

    Its fence begins at that of the message it goes on with, so that its claim is above it.
    """
    earlier = Turn.objects.filter(trigger_message=trigger_message_id, participant=persona, cause=cause)
    model = extensions.model_of(persona, room)
    again = Turn.objects.create(
        chain=Chain.objects.create(room=room, message_id=trigger_message_id, person=by.participant),
        room=room,
        participant=persona,
        trigger_message_id=trigger_message_id,
        cause=cause,
        task=task,
        repeat=earlier.count(),
        message_id=goes_on_with.pk if goes_on_with else None,
        fence=goes_on_with.fence if goes_on_with else 0,
        model=model.name,
        is_scripted=model.is_scripted,
    )
    eventlog.append(room.pk, TurnChanged(turn=turn_shape(again)))
    enqueue_on_commit(again.pk)
    return again


def _stopped_by(by: Seat) -> ErrorShape:
    return ErrorShape(code="stopped", message=f"Stopped by {by.participant.name}.")


def _removed(turn: Turn) -> ErrorShape:
    return ErrorShape(code="stopped", message=f"{turn.participant.name} was removed from the room.")


def end_turns(of_room: QuerySet[Turn], error: Callable[[Turn], ErrorShape]) -> int:
    """End those of one room's turns that are open, from outside; returns how many ended by it.

    1. All are locked first and in one order: two of these may run at the same moment.
    2. The waiting ones end first, so that the end of a running one starts none of them.
    """
    with eventlog.transaction():
        open_turns = (
            of_room.filter(state__in=turns.OPEN)
            .select_related("participant")
            .select_for_update(of=("self",))
            .order_by("created_at", "pk")
        )
        waiting_first = sorted(open_turns, key=lambda turn: turn.state != Turn.State.QUEUED)
        return sum(_end(turn.pk, error(turn)) for turn in waiting_first)


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
