"""Asking again for a turn of a run that failed or was stopped: the run takes it again, in its place."""

from __future__ import annotations

from dataclasses import replace

from llm.models import Run, Turn
from llm.orchestration.registry import BY_NAME
from llm.orchestration.values import Speak, SpeakTogether
from llm.protocol import TurnChanged
from llm.runs import driver
from llm.runs.history import history_of
from llm.shaping import turn_shape
from llm.turns import OPEN
from rooms import eventlog
from rooms.errors import ParleyError


def take_again(turn: Turn) -> Turn:
    """Have the run ask for this turn anew, at its next boundary; asked twice, it is once.

    An ordinary reply to the goal would stand beside the run, which would know nothing of it. Raises
    `turn_settled` where the run is over, or has gone on so far that it would not ask for it any more.
    """
    assert turn.run_id is not None  # noqa: S101 (the caller has asked)
    with eventlog.transaction():
        run = driver.held(turn.run_id)
        turn = Turn.objects.select_related("participant").get(pk=turn.pk)
        if turn.is_retaken:
            return turn
        if run is None or run.state == Run.State.ENDED:
            raise ParleyError("turn_settled", "Its run is over.", state=turn.state)
        if not _would_ask(run, turn):
            raise ParleyError("turn_settled", "The run has gone on without it.", state=turn.state)
        turn.is_retaken = True
        turn.save(update_fields=["is_retaken"])
        eventlog.append(turn.room_id, TurnChanged(turn=turn_shape(turn, list(turn.usage.all()))))
        # Nobody may be left whose end would be the next boundary.
        if run.state == Run.State.RUNNING and not run.turns.filter(state__in=OPEN).exists():
            driver.advance(run.pk)
        return turn


def _would_ask(run: Run, turn: Turn) -> bool:
    """Whether the mode would ask for just this next, if it had never been taken. What was sealed and is
    shown by now can't be answered without having seen the others' answers."""
    mode = BY_NAME.get(run.mode)
    if mode is None or turn.run_phase != run.phase:
        return False
    known = history_of(run)
    taken = tuple(
        replace(one, is_retaken=one.is_retaken or one.number == turn.run_number) for one in known.taken
    )
    decision = mode.decide(replace(known, taken=taken))
    if not isinstance(decision, Speak | SpeakTogether):
        return False
    speeches = decision.speeches if isinstance(decision, SpeakTogether) else (decision.speech,)
    return any(
        (one.member, one.part, one.round) == (turn.participant_id, turn.run_part, turn.run_round)
        and one.is_sealed == turn.is_sealed
        for one in speeches
    )
