"""Everybody in turn, so many rounds. Who has left or is muted is passed over. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from llm.orchestration import briefs
from llm.orchestration.values import Decision, Finish, History, Mode, Outcome, Setup, Speak, Speech, Taken

PHASE = "rounds"
TASK = "Say what you think of it, and go on from what the others said: what is new, not what was said."


def decide(history: History) -> Decision:
    for number in range(1, history.setup.rounds + 1):
        taken = {turn.member for turn in history.of(PHASE, number) if not turn.is_retaken}
        for id_ in history.cast:
            if id_ not in taken:
                return Speak(Speech(id_, "speaker", PHASE, TASK, number))
    return Finish("finished", f"{briefs.rounds(history.setup.rounds)} over.")


def outcome(history: History) -> Outcome | None:
    """Nothing is decided by talking in turn."""
    return None


def brief(history: History, turn: Taken) -> str:
    after = [id_ for id_ in history.cast if id_ != turn.member]
    others = ", ".join(history.name(id_) for id_ in after)
    return f"Round {turn.round} of {history.setup.rounds}. Everybody speaks in turn: you and {others}."


def expected(setup: Setup) -> Sequence[UUID]:
    return [id_ for _ in range(setup.rounds) for id_ in setup.cast]


MODE = Mode(
    "round_robin",
    "Round robin",
    "Everybody speaks in turn, so many rounds.",
    decide,
    outcome,
    brief,
    expected,
    phases=(PHASE,),
)
