"""A whole room at one moment: a first load, and the answer to a gap that is too large."""

from __future__ import annotations

from rooms.protocol.base import Id, Shape
from rooms.protocol.polls import BallotShape, PollShape
from rooms.protocol.shapes import MessageShape, ParticipantShape, RoomShape, YouShape


class SnapshotCore(Shape):
    """The room's own part of a snapshot; upper apps add sections (`rooms.extensions`).

    `head_seq` was read before the rows, so the rows may already hold later events:
    applying those again is harmless. `messages` are the newest ones, oldest first;
    `has_older` says whether more can be fetched by `messages/?before=<seq>`. `polls` are those of
    the messages and all open ones; `ballots` are your own votes in them, which no event tells.
    """

    epoch: Id
    head_seq: int
    room: RoomShape
    you: YouShape
    participants: list[ParticipantShape]
    messages: list[MessageShape]
    has_older: bool
    polls: list[PollShape]
    ballots: list[BallotShape]


class MessagePageCore(Shape):
    """Messages, oldest first; upper apps add the same sections as to a snapshot. `next` is the
    address of the messages before these, null where there are none (`has_older` says the same)."""

    messages: list[MessageShape]
    has_older: bool
    polls: list[PollShape]
    ballots: list[BallotShape]
    next: str | None
