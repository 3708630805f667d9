"""Hands' commands, event and snapshot section, told to the apps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from llm.hands.actions import grant_hand, lower_hand
from llm.hands.protocol import GrantHand, HandChanged, HandShape, LowerHand
from llm.hands.shaping import hands_of
from rooms import extensions
from rooms.access import Seat


def _grant(seat: Seat, data: GrantHand, command_id: UUID) -> dict[str, Any]:
    hand = grant_hand(by=seat, hand_id=data.hand_id)
    return {"turn_id": str(hand.turn_id) if hand.turn_id is not None else None}


def _lower(seat: Seat, data: LowerHand, command_id: UUID) -> dict[str, Any]:
    lower_hand(by=seat, hand_id=data.hand_id)
    return {}


def register() -> None:
    extensions.register_command(extensions.CommandSpec(GrantHand, "speak", _grant))
    extensions.register_command(extensions.CommandSpec(LowerHand, "speak", _lower))
    extensions.register_event(HandChanged)
    extensions.register_snapshot_section(extensions.SnapshotSection("hands", HandShape, hands_of))
