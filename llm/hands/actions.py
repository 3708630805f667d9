"""What people may do with raised hands."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from llm import cursors
from llm.hands import floor
from llm.hands.raising import lower
from llm.hands.shaping import publish, up_in
from llm.models import Hand, Run
from llm.runs import driver
from llm.runs.live import live_run
from rooms import eventlog
from rooms.access import Seat
from rooms.errors import ParleyError, not_found
from rooms.models import Room


def grant_hand(*, by: Seat, hand_id: UUID) -> Hand:
    """Let whoever raised it speak: now, or in a run at its next boundary. One that is granted stays so.

    Raises `not_found`, also where its persona has left; `hand_down` where it came down before.
    """
    with eventlog.transaction():
        run = hold(by.room)
        hand = _held(by.room, hand_id)
        if hand.state == Hand.State.GRANTED:
            return hand
        if hand.state == Hand.State.LOWERED or hand.participant.is_muted:
            raise ParleyError("hand_down", f"{hand.participant.name} has no hand up any more.")
        hand.state, hand.ended_by, hand.ended_at = Hand.State.GRANTED, by.participant, timezone.now()
        hand.run = run or hand.run
        hand.save(update_fields=["state", "ended_by", "ended_at", "run"])
        if run is None:
            floor.give_beside(hand, by.room, by=by.participant)
            return hand
        driver.advance(run.pk)
        hand.refresh_from_db(fields=["state", "turn"])
        if hand.state == Hand.State.GRANTED and hand.turn_id is None:
            publish(hand)
        return hand


def lower_hand(*, by: Seat, hand_id: UUID) -> Hand:
    """Take it down, also where it was granted and waits. One that is down, or speaks, stays as it is.
    Raises `not_found`."""
    with eventlog.transaction():
        hand = _held(by.room, hand_id)
        if hand.state == Hand.State.RAISED or (hand.state == Hand.State.GRANTED and hand.turn_id is None):
            lower(hand, by.participant)
        return hand


def quieten(*, by: Seat) -> None:
    """Where hands are granted by themselves, who stops everybody wants none of them to begin."""
    if by.room.hands != Room.Hands.POLICY:
        return
    with eventlog.transaction():
        for hand in up_in(by.room.pk).select_for_update(of=("self",), no_key=True):
            lower(hand, by.participant)


def hold(room: Room) -> Run | None:
    """The room's run that is on, locked. None is starting either, until the end of the transaction.

    A run's start takes the dispatch cursor first as well: a turn that is granted beside no run, and a
    run's first one, can't both be decided without the other.
    """
    cursors.held(room.pk)
    live = live_run(room.pk)
    run = driver.held(live) if live is not None else None
    return run if run is not None and run.state != Run.State.ENDED else None


def _held(room: Room, hand_id: UUID) -> Hand:
    """Raises `not_found`."""
    hand = floor.held(Hand.objects.filter(room=room, pk=hand_id)).first()
    if hand is None or hand.participant.left_at is not None:
        raise not_found()
    return hand
