"""Each writes the whole anew, better than the one before: a text that goes from hand to hand. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from llm.orchestration import asking, briefs
from llm.orchestration.values import (
    Decision,
    Finish,
    History,
    Mode,
    Outcome,
    Setup,
    Speak,
    Speech,
    Taken,
)

PHASE = "drafts"
FIRST_TASK = "Write the first draft, as a whole."
NEXT_TASK = "Write the draft anew as a whole, better than it is."


def decide(history: History) -> Decision:
    for number in range(1, history.setup.rounds + 1):
        if to_ask := asking.outstanding(history, PHASE, number, history.cast):
            task = NEXT_TASK if _draft(history) else FIRST_TASK
            return Speak(Speech(to_ask[0], "speaker", PHASE, task, number))
    if _draft(history) is None:
        return Finish("finished", "Nobody has written a draft.")
    return Finish("finished", "The draft has been through all hands.")


def _draft(history: History, before: int | None = None) -> Taken | None:
    """The newest draft, of those before the turn `before`."""
    written = [
        turn
        for turn in history.of(PHASE)
        if turn.state == "done" and turn.text.strip() and (before is None or turn.number < before)
    ]
    return written[-1] if written else None


def outcome(history: History) -> Outcome | None:
    draft = _draft(history)
    if draft is None:
        return None
    return Outcome(draft.text.strip(), is_decided=True, numbers=(draft.number,))


def brief(history: History, turn: Taken) -> str:
    draft = _draft(history, turn.number)
    if draft is None:
        return "You are the first; the others go on from what you write."
    shown = briefs.shown(f"The draft, by {history.name(draft.member)}", draft.text)
    return (
        "The draft goes from hand to hand. Write it as a whole and nothing besides: keep what is good, mend"
        f" what is not, add what is missing.\n\n{shown}"
    )


def expected(setup: Setup) -> Sequence[UUID]:
    return [id_ for _ in range(setup.rounds) for id_ in setup.cast]


MODE = Mode(
    "relay",
    "Relay",
    "A text goes from hand to hand, and each makes it better. The last draft is the result.",
    decide,
    outcome,
    brief,
    expected,
    rounds=1,
    phases=(PHASE,),
)
