"""What a run's turn is shown besides its task and the transcript."""

from __future__ import annotations

from uuid import UUID

from llm.models import Run, RunOutcome, Turn
from llm.once import known, once
from llm.orchestration import briefs
from llm.orchestration.registry import BY_NAME
from llm.orchestration.values import History
from llm.runs.history import ask_of, history_of

# Of a pinned outcome: whoever wants to know more finds it in the transcript.
_LINE = 400
_HOW = {True: "Decided", False: "Not decided yet"}


def brief_of(turn: Turn, *, has_asks: bool = True) -> str:
    """For the turn's block; blank for a turn of no run. `has_asks`: also what to hand in, for models."""
    mode = BY_NAME.get(turn.run.mode) if turn.run is not None else None
    if turn.run is None or mode is None:
        return ""
    turn.run.room = turn.room
    history = _history(turn.run)
    taken = next((one for one in history.taken if one.number == turn.run_number), None)
    if taken is None:
        return ""
    parts = [f"{mode.title}.", mode.brief(history, taken), briefs.hand_in(ask_of(turn)) if has_asks else ""]
    if turn.is_sealed:
        parts.insert(1, "Nobody is shown what you write before everybody has answered.")
    return "\n".join(part for part in parts if part)


# For turns that begin together. The run itself is driven by what is there at that moment.
_history = once(lambda run: run.pk)(history_of)


def foretell(run: Run, history: History) -> None:
    """Inside `reading_once`: brief a turn that is in no row yet as if it were, from `history`."""
    known(_history, run.pk, history)


def decided_in(turn: Turn, /, *, has_tools: bool) -> str:
    """What its room has pinned as decided, the oldest first."""
    return _decided(turn.room_id)


@once(lambda room_id: room_id)
def _decided(room_id: UUID) -> str:
    pinned = RunOutcome.objects.filter(run__room=room_id, is_pinned=True).order_by("run__created_at")
    lines = [
        f"- {_short(goal)} {_HOW[body['is_decided']]}: {_short(body['decision'])}"
        for goal, body in pinned.values_list("run__goal", "body")
    ]
    return "\n".join(lines)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"
