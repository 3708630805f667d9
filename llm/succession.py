"""Who speaks after whom: the steps that a message asked for, from kept to called.

Driven by the room's log as all of dispatch is: each end of a turn is an event behind the
cursor, so that a step is called once, and none is forgotten by a crash.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from llm import guard, wakes
from llm.calling import PlannedStep
from llm.models import NextStep, Turn
from rooms.models import Message

WAITING, CALLED, DROPPED = NextStep.State.WAITING, NextStep.State.CALLED, NextStep.State.DROPPED

_ENDS = {
    Turn.State.STOPPED: "{name} was stopped",
    Turn.State.FAILED: "{name}'s reply failed",
    Turn.State.BLOCKED: "{name} was not allowed to speak",
}
GONE = "{name} has left the room"
NOT_CALLED = "{name} was not called"


def begin(message: Message, steps: Sequence[PlannedStep]) -> None:
    """Keep who is to speak later; within the transaction that wakes the first ones."""
    NextStep.objects.bulk_create(
        [
            NextStep(
                message=message,
                awaited=message if step.round == 1 else None,
                round=step.round,
                participant_id=step.id,
                after=[str(id_) for id_ in step.after],
                task=step.task,
            )
            for step in steps
        ],
        ignore_conflicts=True,
    )


def pending_after(turn: Turn | None) -> frozenset[UUID]:
    """Who was asked to speak once `turn` has: what its reply says calls none of them as well, not
    even where it is read again after they were called."""
    if turn is None:
        return frozenset()
    behind = NextStep.objects.filter(awaited=turn.trigger_message_id).exclude(state=DROPPED)
    messages = {step.message_id for step in behind if str(turn.participant_id) in step.after}
    if not messages:
        return frozenset()
    whole = NextStep.objects.filter(message__in=messages).exclude(state=DROPPED)
    return frozenset(whole.values_list("participant_id", flat=True))


def advance(trigger_message_id: UUID) -> int:
    """A turn that `trigger_message_id` woke has ended: call whom that was awaited for, or drop them.

    Returns how many were called.
    """
    waiting = NextStep.objects.filter(awaited=trigger_message_id, state=WAITING)
    steps = list(waiting.select_related("participant", "message").order_by("round", "id"))
    if not steps:
        return 0
    ended = _ends(trigger_message_id)
    called = 0
    for step in steps:
        turns = [ended[UUID(id_)] for id_ in step.after if UUID(id_) in ended]
        if any(turn.state in {Turn.State.QUEUED, Turn.State.RUNNING} for turn in turns):
            continue
        problem = _problem(step, turns)
        if problem:
            _drop(step, problem)
        else:
            called += _call(step, turns)
    return called


def reopen(trigger_message_id: UUID, participant_id: UUID) -> None:
    """What failed is asked for again: what was to follow it waits again."""
    dropped = NextStep.objects.filter(awaited=trigger_message_id, state=DROPPED)
    again = [step for step in dropped if str(participant_id) in step.after]
    messages = {step.message_id for step in again}
    if messages:
        behind = NextStep.objects.filter(message__in=messages, awaited=None, state=DROPPED)
        ids = [*(step.pk for step in again), *behind.values_list("pk", flat=True)]
        NextStep.objects.filter(pk__in=ids).update(state=WAITING, reason="")


def _ends(trigger_message_id: UUID) -> dict[UUID, Turn]:
    """The newest turn of each persona that the message woke."""
    turns = Turn.objects.filter(trigger_message=trigger_message_id).select_related("participant")
    return {turn.participant_id: turn for turn in turns.order_by("created_at", "id")}


def _problem(step: NextStep, turns: Sequence[Turn]) -> str:
    """Why the step is not called, as a sentence without its end; blank: it is."""
    if step.participant.left_at is not None:
        return GONE.format(name=step.participant.name)
    if not turns:
        return "Nobody whom it was to follow was called"
    for turn in turns:
        sentence = _ENDS.get(Turn.State(turn.state))
        if sentence:
            return sentence.format(name=turn.participant.name)
    return ""


def _call(step: NextStep, turns: Sequence[Turn]) -> int:
    """Wake the step's persona by the last of the replies, or by the message where all passed."""
    trigger_id = step.awaited_id
    assert trigger_id is not None  # noqa: S101 (what waits for nothing is not called)
    replies = Message.objects.filter(pk__in=[turn.message_id for turn in turns if turn.message_id])
    said = replies.select_related("room", "participant").order_by("-seq").first()
    trigger = said or Message.objects.select_related("room", "participant").get(pk=trigger_id)
    persona = step.participant
    refusal = guard.muted(persona.name) if persona.is_muted else None
    wakes.record(trigger, [wakes.Wake(persona, Turn.Cause.THEN, step.task, refusal)])
    step.turn = Turn.objects.filter(
        trigger_message=trigger, participant=persona, cause=Turn.Cause.THEN
    ).last()
    step.state = CALLED
    step.save(update_fields=["state", "turn"])
    for following in _behind(step):
        following.awaited = trigger
        following.save(update_fields=["awaited"])
    return 1


def _drop(step: NextStep, problem: str) -> None:
    step.state, step.reason = DROPPED, f"{problem}."
    step.save(update_fields=["state", "reason"])
    for following in _behind(step):
        if following.state == WAITING:
            _drop(following, NOT_CALLED.format(name=step.participant.name))


def _behind(step: NextStep) -> list[NextStep]:
    later = NextStep.objects.filter(message=step.message_id, round__gt=step.round, state=WAITING)
    later = later.select_related("participant").order_by("round", "id")
    return [one for one in later if str(step.participant_id) in one.after and one.awaited_id is None]
