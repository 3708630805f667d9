"""Showing what was sealed: a message for each answer, all of them in one transaction."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID, uuid5

from llm.models import Run, SealedText, Turn
from llm.orchestration import answers
from llm.orchestration.registry import BY_NAME
from llm.orchestration.values import History, Taken
from llm.protocol import TurnChanged
from llm.shaping import turn_shape
from rooms import eventlog
from rooms.actions.streaming import reveal_message


def revealed_as(turn: Turn) -> UUID:
    """The message that a sealed turn becomes."""
    return uuid5(turn.pk, "sealed")


def open_phases(run: Run, history: History, phases: Collection[str] | None) -> None:
    """Show what the turns of these phases (None: of all) said, in their order. The caller holds the run,
    and none of these turns is under way."""
    sealed = run.turns.filter(is_sealed=True).select_related("participant").order_by("run_number")
    if phases is not None:
        sealed = sealed.filter(run_phase__in=phases)
    turns = list(sealed)
    texts = dict(SealedText.objects.filter(turn__in=turns).values_list("turn_id", "text"))
    for turn in turns:
        turn.is_sealed = False
        turn.save(update_fields=["is_sealed"])
        parts = (texts.get(turn.pk, "").strip(), _said(run, history, turn))
        _show(turn, "\n\n".join(part for part in parts if part))
    # It stands in its message from here: whoever deletes that deletes all there is of it.
    SealedText.objects.filter(turn__in=turns).delete()


def is_anything_to_show(history: History) -> bool:
    """Whether `show_answers` may find anything."""
    return bool(_silent(history))


def show_answers(run: Run, history: History) -> bool:
    """Say in the room what turns handed in that are not sealed and wrote nothing; whether there were any."""
    numbers = _silent(history)
    if not numbers:
        return False
    silent = run.turns.filter(run_number__in=numbers, message_id=None).select_related("participant")
    told = [(turn, _said(run, history, turn)) for turn in silent.order_by("run_number")]
    for turn, text in told:
        if text:
            _show(turn, text)
    return any(text for _, text in told)


def _silent(history: History) -> list[int]:
    done = [t for t in history.taken if t.state == "done" and not t.is_sealed]
    return [t.number for t in done if t.answer is not None and not t.text]


def _show(turn: Turn, text: str) -> None:
    if turn.state == Turn.State.DONE and text:
        turn.message_id = revealed_as(turn)
        reveal_message(by=turn.participant, message_id=turn.message_id, turn_id=turn.pk, text=text)
        turn.save(update_fields=["message_id"])
    eventlog.append(turn.room_id, TurnChanged(turn=turn_shape(turn, list(turn.usage.all()))))


def _said(run: Run, history: History, turn: Turn) -> str:
    """What is told of what the turn handed in."""
    taken: Taken | None = next((t for t in history.taken if t.number == turn.run_number), None)
    if taken is None or taken.ask is None or turn.answer is None or taken.answer is None:
        return ""
    mode = BY_NAME.get(run.mode)
    if mode is not None and mode.say is not None:
        return mode.say(history, taken)
    return answers.spoken(taken.ask, taken.answer)
