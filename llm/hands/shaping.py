"""From raised hands to the protocol's shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from django.db.models import Q, QuerySet

from llm.hands.protocol import HandChanged, HandShape, HandSource, HandState
from llm.models import Hand
from rooms import eventlog
from rooms.models import Message, Room

IS_UP = Q(state=Hand.State.RAISED) | Q(state=Hand.State.GRANTED, turn=None)


def hand_shape(hand: Hand) -> HandShape:
    return HandShape(
        id=hand.pk,
        participant_id=hand.participant_id,
        line=hand.line,
        source=cast(HandSource, hand.source),
        message_id=hand.message_id,
        run_id=hand.run_id,
        state=cast(HandState, hand.state),
        turn_id=hand.turn_id,
        by=hand.ended_by_id,
        raised_at=hand.raised_at,
        ended_at=hand.ended_at,
    )


def up_in(room_id: UUID) -> QuerySet[Hand]:
    """Those of a room that are up, of whoever is still here, the oldest first."""
    up = Hand.objects.filter(IS_UP, room=room_id, participant__left_at=None)
    return up.select_related("participant").order_by("raised_at", "id")


def is_any_up(room_id: UUID) -> bool:
    """Also of who has left: those are still to be lowered."""
    return Hand.objects.filter(IS_UP, room=room_id).exists()


def hands_of(room: Room, messages: Sequence[Message]) -> list[HandShape]:
    return [hand_shape(hand) for hand in up_in(room.pk)]


def publish(hand: Hand) -> None:
    """Tell the room of the hand as it is now; in the transaction that changed it."""
    eventlog.append(hand.room_id, HandChanged(hand=hand_shape(hand)))
