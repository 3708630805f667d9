"""Showing what was sealed: a message for each answer, all of them in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from uuid import uuid5

from llm.models import Run, SealedText, Turn
from llm.orchestration import answers
from llm.protocol import TurnChanged
from llm.runs.history import ask_of
from llm.shaping import turn_shape
from rooms import eventlog
from rooms.actions.streaming import reveal_message


def open_phases(run: Run, phases: Collection[str] | None) -> int:
    """Show what the turns of these phases (None: of all) said, in their order; how many messages that
    are. The caller holds the run, and none of these turns is under way."""
    sealed = run.turns.filter(is_sealed=True).select_related("participant").order_by("run_number")
    if phases is not None:
        sealed = sealed.filter(run_phase__in=phases)
    turns = list(sealed)
    texts = dict(SealedText.objects.filter(turn__in=turns).values_list("turn_id", "text"))
    shown = 0
    for turn in turns:
        turn.is_sealed = False
        turn.save(update_fields=["is_sealed"])
        text = texts.get(turn.pk, "").strip() or _spoken(turn)
        if turn.state == Turn.State.DONE and _show(turn, text):
            shown += 1
        else:
            eventlog.append(run.room_id, TurnChanged(turn=turn_shape(turn, list(turn.usage.all()))))
    # It stands in its message from here: whoever deletes that deletes all there is of it.
    SealedText.objects.filter(turn__in=turns).delete()
    return shown


def show_answers(run: Run) -> int:
    """Say in the room what turns handed in that are not sealed and wrote nothing; how many."""
    silent = run.turns.filter(
        is_sealed=False, state=Turn.State.DONE, message_id=None, answer__isnull=False
    ).select_related("participant")
    return sum(_show(turn, _spoken(turn)) for turn in silent.order_by("run_number"))


def _show(turn: Turn, text: str) -> bool:
    if not text:
        return False
    turn.message_id = uuid5(turn.pk, "sealed")
    reveal_message(by=turn.participant, message_id=turn.message_id, turn_id=turn.pk, text=text)
    turn.save(update_fields=["message_id"])
    eventlog.append(turn.room_id, TurnChanged(turn=turn_shape(turn, list(turn.usage.all()))))
    return True


def _spoken(turn: Turn) -> str:
    ask = ask_of(turn)
    if ask is None or turn.answer is None:
        return ""
    return answers.spoken(ask, answers.from_data(turn.answer))
