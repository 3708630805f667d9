"""Runs' commands, event, snapshot section and part of the prompt, told to the apps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from llm.context import additions
from llm.models import Turn
from llm.runs.actions import (
    edit_outcome,
    pause_run,
    pin_outcome,
    resume_run,
    skip_turn,
    start_run,
    stop_run,
)
from llm.runs.briefing import brief_of, decided_in
from llm.runs.people import answer_run
from llm.runs.protocol import (
    AnswerRun,
    EditOutcome,
    PauseRun,
    PinOutcome,
    ResumeRun,
    RunChanged,
    RunShape,
    SkipRun,
    StartRun,
    StopRun,
)
from llm.runs.shaping import runs_of
from rooms import extensions
from rooms.access import Seat


def _start(seat: Seat, data: StartRun, command_id: UUID) -> dict[str, Any]:
    run = start_run(by=seat, asked=data, command_id=command_id)
    return {"run_id": str(run.pk), "message_id": str(run.message_id)}


def _pause(seat: Seat, data: PauseRun, command_id: UUID) -> dict[str, Any]:
    pause_run(by=seat, run_id=data.run_id)
    return {}


def _resume(seat: Seat, data: ResumeRun, command_id: UUID) -> dict[str, Any]:
    resume_run(by=seat, run_id=data.run_id, text=data.text, command_id=command_id)
    return {}


def _skip(seat: Seat, data: SkipRun, command_id: UUID) -> dict[str, Any]:
    skip_turn(by=seat, run_id=data.run_id, participant_id=data.participant_id)
    return {}


def _answer(seat: Seat, data: AnswerRun, command_id: UUID) -> dict[str, Any]:
    answer_run(by=seat, asked=data)
    return {}


def _stop(seat: Seat, data: StopRun, command_id: UUID) -> dict[str, Any]:
    stop_run(by=seat, run_id=data.run_id)
    return {}


def _edit(seat: Seat, data: EditOutcome, command_id: UUID) -> dict[str, Any]:
    edit_outcome(by=seat, run_id=data.run_id, edit=data)
    return {}


def _pin(seat: Seat, data: PinOutcome, command_id: UUID) -> dict[str, Any]:
    pin_outcome(by=seat, run_id=data.run_id, is_pinned=data.is_pinned)
    return {}


def _brief(turn: Turn, /, *, has_tools: bool) -> str:
    """In words that fit the tool and the line alike."""
    return brief_of(turn)


def register() -> None:
    extensions.register_command(extensions.CommandSpec(StartRun, "speak", _start))
    extensions.register_command(extensions.CommandSpec(PauseRun, "interrupt", _pause))
    extensions.register_command(extensions.CommandSpec(ResumeRun, "speak", _resume))
    extensions.register_command(extensions.CommandSpec(SkipRun, "interrupt", _skip))
    extensions.register_command(extensions.CommandSpec(AnswerRun, "speak", _answer))
    extensions.register_command(extensions.CommandSpec(StopRun, "interrupt", _stop))
    extensions.register_command(extensions.CommandSpec(EditOutcome, "speak", _edit))
    extensions.register_command(extensions.CommandSpec(PinOutcome, "speak", _pin))
    extensions.register_event(RunChanged)
    extensions.register_snapshot_section(extensions.SnapshotSection("runs", RunShape, runs_of))
    additions.register_extra("run", _brief)
    additions.register_extra("decided", decided_in)
