"""People who take part in sealed rounds and votes: their turn waits for them, and not for a worker."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from llm import turns
from llm.models import Run, SealedText, Turn
from llm.orchestration import answers
from llm.orchestration.values import Answer, Ask
from llm.runs.briefing import brief_of
from llm.runs.driver import held
from llm.runs.history import ask_of
from llm.runs.protocol import AnswerRun, AskShape, MyTurnShape
from rooms import eventlog
from rooms.access import Seat
from rooms.errors import ParleyError, not_found
from rooms.models import Participant
from rooms.protocol.shapes import ErrorShape

LATE = ErrorShape(code="late", message="No answer came in time.")


def my_turn(seat: Seat, run_id: UUID) -> MyTurnShape:
    """What the run asks of this person now, if it does. Raises `not_found`."""
    if not Run.objects.filter(room=seat.room, pk=run_id).exists():
        raise not_found()
    turn = _open_turn(seat, run_id)
    if turn is None:
        return MyTurnShape(turn_id=None, phase="", round=0, task="", brief="", ask=None)
    ask = ask_of(turn)
    return MyTurnShape(
        turn_id=turn.pk,
        phase=turn.run_phase,
        round=turn.run_round,
        task=turn.task,
        brief=brief_of(turn, has_asks=False),
        ask=AskShape(kind=ask.kind, choices=list(ask.choices)) if ask is not None else None,
    )


def answer_run(*, by: Seat, asked: AnswerRun) -> None:
    """Hand in what the run asks `by` for; without a word and a choice it is a pass.

    Raises `not_found`, `run_ended`, or `invalid` where nothing is asked or the answer makes no sense.
    """
    with eventlog.transaction():
        run = held(asked.run_id)
        if run is None or run.room_id != by.room.pk:
            raise not_found()
        if run.state == Run.State.ENDED:
            raise ParleyError("run_ended", "This run has ended.")
        turn = _open_turn(by, run.pk)
        if turn is None:
            raise ParleyError("invalid", "The run asks nothing of you now.")
        text = asked.text.strip()
        ask = ask_of(turn)
        if not (text or asked.choice or asked.ranking):
            turns.end_unrun(turn.pk, "passed", turns.SEALED_PASS)
            return
        if ask is not None:
            Turn.objects.filter(pk=turn.pk).update(answer=answers.to_data(_checked(ask, asked)))
        if text:
            SealedText.objects.create(turn=turn, text=text)
        turns.end_unrun(turn.pk, "done")


def _checked(ask: Ask, asked: AnswerRun) -> Answer:
    values = {"choice": asked.choice, "confidence": asked.confidence, "ranking": asked.ranking}
    answer = answers.checked(ask, answers.made(values))
    if isinstance(answer, str):
        raise ParleyError("invalid", f"This can't be handed in: {answer}")
    return answer


def end_late() -> int:
    """Go on without those whose answer did not come in time; how many."""
    before = timezone.now() - timedelta(seconds=settings.LLM_PERSON_SECONDS)
    late = _of_people().filter(created_at__lt=before, run__state=Run.State.RUNNING)
    return sum(
        turns.end_unrun(turn_id, "passed", LATE) for turn_id in list(late.values_list("pk", flat=True))
    )


def _open_turn(seat: Seat, run_id: UUID) -> Turn | None:
    return _of_people().filter(run=run_id, participant=seat.participant).order_by("run_number").first()


def _of_people() -> QuerySet[Turn]:
    waiting = Turn.objects.filter(run__isnull=False, state=Turn.State.QUEUED)
    return waiting.filter(participant__kind=Participant.Kind.HUMAN).select_related("run")
