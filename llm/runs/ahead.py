"""A run's next turn, taken by the worker that decides on it, in the transaction that makes it.

Through the queue a turn is made, sent, claimed, and its call reserved: three transactions that wait for
whoever else writes, and a task. Where a worker has just ended a turn and decides what is next, whoever is
next can be its own at once:

1. Before the run is held, from what was foreseen: the turn, and what its model is to be asked.
2. In the transaction that writes the decision: the turn, running, with what its call may use set aside.

Wherever that can't be (several speak, something is shown before, no budget is left, the room has moved
meanwhile) the turn waits in the queue like any other; and one of ten does all the same, so that runs spread
over the workers that there are.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from llm import claims, reserving, turns, wakes
from llm.claims import Claimed
from llm.models import Chain, Run, Turn
from llm.orchestration.values import Decision, History, Speak, Speech
from llm.runs.briefing import foretell
from llm.runs.history import cast_of, with_next
from rooms.models import Participant

logger = logging.getLogger(__name__)

# Every so many turns one goes through the queue, where any worker may take it: else a run would stay with
# the worker that began it, however busy, and one that comes later would stand idle.
SPREAD_EVERY = 10


@dataclass
class Ahead:
    """A turn that is not written yet. `claimed` is None until it is this worker's."""

    asked: Claimed
    worker: UUID
    claimed: Claimed | None = None

    def take(self, chain: Chain) -> Turn | None:
        """The turn as a running one that is about to be written, in the transaction that holds its
        `chain`; None where its budgets leave nothing for its call."""
        turn = self.asked.turn
        turns.own(turn, self.worker)
        granted = reserving.set_aside(turn, self.asked.request, chain)
        if granted is None:
            return None
        self.claimed = replace(self.asked, request=granted)
        return turn


def prepare(
    run: Run, history: History, decision: Decision, worker: UUID, *, busy: Collection[UUID]
) -> Ahead | None:
    """What `worker` could take of the `decision`, of a run that nobody holds; None for nothing. `busy` are
    who speaks already, or has to speak before."""
    if not isinstance(decision, Speak) or decision.opens:
        return None
    [turn] = turns_of(run, run.chain, history, [decision.speech])
    if turn.participant.kind != Participant.Kind.PERSONA or turn.participant_id in busy:
        return None
    if (len(history.taken) + 1) % SPREAD_EVERY == 0:
        return None
    foretell(run, with_next(history, turn))
    try:
        return Ahead(claims.asking(turn), worker)
    except Exception:
        # By the queue it comes to an end that is told.
        logger.exception("What the next turn of run %s is asked could not be made", run.pk)
        return None


def turns_of(run: Run, chain: Chain, history: History, speeches: Sequence[Speech]) -> list[Turn]:
    """What the run's mode decided on behind `history`, as turns that are not written yet."""
    personas = cast_of(run)
    run.message.room = run.room
    made = []
    for number, speech in enumerate(speeches, len(history.taken) + 1):
        persona = personas[speech.member]
        turn = wakes.turn_of(run.message, persona, Turn.Cause.RUN, chain, 0, speech.task)
        if persona.kind == Participant.Kind.HUMAN:
            turn.model, turn.is_scripted = "", False
        turn.repeat = turn.run_number = number
        turn.run, turn.is_sealed = run, speech.is_sealed
        turn.run_phase, turn.run_round, turn.run_part = speech.phase, speech.round, speech.part
        if speech.ask is not None:
            turn.ask = {"kind": speech.ask.kind, "choices": list(speech.ask.choices)}
        made.append(turn)
    return made
