"""What clients are told of raised hands, and what they may ask of them. Pure."""

from __future__ import annotations

from typing import ClassVar, Literal

from rooms.protocol.base import Id, Shape, Time
from rooms.protocol.commands import CommandData
from rooms.protocol.events import Durability, EventData

HandState = Literal["raised", "granted", "lowered"]
HandSource = Literal["tool", "router"]


class HandShape(Shape):
    """That a persona would say something, with one `line` of what; of plain text.

    raised → granted | lowered. It is up while it is raised, and while it is granted without a `turn_id`:
    in a run it waits for the moment between two turns. `message_id` is what it is about; `by` is who
    granted or lowered it, null where that came by itself. From the `source` "tool" are those that a
    persona raised in a run, and those of one that another persona asked something there; from "router"
    those that the room's router heard of.
    """

    id: Id
    participant_id: Id
    line: str
    source: HandSource
    message_id: Id
    run_id: Id | None
    state: HandState
    turn_id: Id | None
    by: Id | None
    raised_at: Time
    ended_at: Time | None


class HandChanged(EventData):
    type: ClassVar[str] = "hand.changed"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = "A persona raised its hand, with one line; or it was granted, or came down."
    hand: HandShape


class HandList(Shape):
    """Those that are up, the oldest first."""

    results: list[HandShape]


class GrantHand(CommandData):
    type: ClassVar[str] = "hand.grant"
    summary: ClassVar[str] = (
        "Let a persona speak that raised its hand: at once, or in a run between two turns (any member). One"
        " that is granted already stays so. Result: `turn_id`, null while it waits."
    )
    hand_id: Id


class LowerHand(CommandData):
    type: ClassVar[str] = "hand.lower"
    summary: ClassVar[str] = (
        "Take a persona's raised hand down, also a granted one that still waits (any member)."
    )
    hand_id: Id
