"""The commands about polls, from the protocol to their actions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rooms.access import Seat
from rooms.actions.polls import PollSketch, cast_vote, close_poll, create_poll, retract_vote
from rooms.extensions import CommandSpec, register_command, register_event
from rooms.polls import ballot_shape, no_ballot
from rooms.protocol.polls import CastVote, ClosePoll, CreatePoll, PollChanged, RetractVote


def _create(seat: Seat, data: CreatePoll, command_id: UUID) -> dict[str, Any]:
    poll = create_poll(by=seat, sketch=PollSketch(**data.model_dump()), command_id=command_id)
    return {"poll_id": str(poll.pk)}


def _vote(seat: Seat, data: CastVote, command_id: UUID) -> dict[str, Any]:
    ballot = cast_vote(by=seat, poll_id=data.poll_id, choices=data.choices, reason=data.reason)
    return {"ballot": ballot_shape(ballot).model_dump(mode="json")}


def _retract(seat: Seat, data: RetractVote, command_id: UUID) -> dict[str, Any]:
    retract_vote(by=seat, poll_id=data.poll_id)
    return {"ballot": no_ballot(data.poll_id).model_dump(mode="json")}


def _close(seat: Seat, data: ClosePoll, command_id: UUID) -> dict[str, Any]:
    close_poll(by=seat, poll_id=data.poll_id)
    return {}


def register() -> None:
    register_event(PollChanged)
    register_command(CommandSpec(CreatePoll, "speak", _create))
    register_command(CommandSpec(CastVote, "speak", _vote))
    register_command(CommandSpec(RetractVote, "speak", _retract))
    register_command(CommandSpec(ClosePoll, "speak", _close))
