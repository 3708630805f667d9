"""The commands about turns, from the protocol to their actions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from llm.actions import continue_turn, retry_turn, speak_now, stop_all, stop_turn
from llm.grants import grant_chain
from llm.hands.actions import quieten
from llm.protocol import ContinueTurn, GrantChain, RetryTurn, SpeakNow, StopAllTurns, StopTurn
from llm.runs.actions import stop_runs
from rooms.access import Seat
from rooms.extensions import CommandSpec, register_command


def _stop(seat: Seat, data: StopTurn, command_id: UUID) -> dict[str, Any]:
    stop_turn(by=seat, turn_id=data.turn_id)
    return {}


def _stop_all(seat: Seat, data: StopAllTurns, command_id: UUID) -> dict[str, Any]:
    # The run first: the end of its turns would only be its next boundary.
    stopped = stop_runs(by=seat) + stop_all(by=seat)
    quieten(by=seat)
    return {"stopped": stopped}


def _retry(seat: Seat, data: RetryTurn, command_id: UUID) -> dict[str, Any]:
    return {"turn_id": str(retry_turn(by=seat, turn_id=data.turn_id).pk)}


def _continue(seat: Seat, data: ContinueTurn, command_id: UUID) -> dict[str, Any]:
    return {"turn_id": str(continue_turn(by=seat, turn_id=data.turn_id).pk)}


def _speak(seat: Seat, data: SpeakNow, command_id: UUID) -> dict[str, Any]:
    return {"turn_id": str(speak_now(by=seat, participant_id=data.participant_id).pk)}


def _grant(seat: Seat, data: GrantChain, command_id: UUID) -> dict[str, Any]:
    return {"turn_ids": [str(turn.pk) for turn in grant_chain(by=seat, turn_id=data.turn_id)]}


def register() -> None:
    register_command(CommandSpec(StopTurn, "interrupt", _stop))
    register_command(CommandSpec(StopAllTurns, "interrupt", _stop_all))
    register_command(CommandSpec(RetryTurn, "speak", _retry))
    register_command(CommandSpec(ContinueTurn, "speak", _continue))
    register_command(CommandSpec(SpeakNow, "speak", _speak))
    register_command(CommandSpec(GrantChain, "speak", _grant))
