"""What a run came to: from its mode's values to the room's shape, with the messages it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from llm.models import Run, RunOutcome
from llm.orchestration.values import Count, History, Mode, Outcome, Point
from llm.runs.protocol import ChangeShape, MinorityShape, OutcomeShape, PointShape, SupportShape
from llm.runs.shaping import publish

# In sight at the same time: more would be in the way, and cost in every prompt.
PINNED_MOST = 3

# What stands in columns of its own.
OF_THE_ROW = {"edited_by", "edited_at", "is_pinned"}


def keep(run: Run, mode: Mode, history: History) -> None:
    """Once, at the run's end, when everything that was sealed has its message."""
    outcome = mode.outcome(history)
    if outcome is None:
        return
    messages = dict(run.turns.filter(message_id__isnull=False).values_list("run_number", "message_id"))
    body = _shape(outcome, messages).model_dump(mode="json", exclude=OF_THE_ROW)
    # What was decided is what others will ask for.
    RunOutcome.objects.get_or_create(run=run, defaults={"body": body, "is_pinned": outcome.is_decided})
    if outcome.is_decided:
        unpin_oldest(held_pinned(run.room_id), leave=run)


def held_pinned(room_id: UUID, *also: UUID) -> list[Run]:
    """The room's runs whose outcome is pinned, and `also`, the newest first. Locked in one order,
    whoever does it."""
    rows = Run.objects.filter(Q(room=room_id, outcome__is_pinned=True) | Q(room=room_id, pk__in=also))
    locked = list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))
    return sorted(locked, key=lambda run: (run.created_at, run.pk), reverse=True)


def unpin_oldest(pinned: Sequence[Run], *, leave: Run) -> None:
    """Of `pinned`, the newest first, as many stay as make PINNED_MOST with `leave`."""
    others = [run for run in pinned if run.pk != leave.pk]
    for run in others[PINNED_MOST - 1 :]:
        RunOutcome.objects.filter(run=run).update(is_pinned=False)
        publish(run)


def _shape(outcome: Outcome, messages: Mapping[int | None, UUID | None]) -> OutcomeShape:
    def of(numbers: Iterable[int]) -> list[UUID]:
        found = (messages.get(number) for number in numbers)
        return [message_id for message_id in found if message_id is not None]

    def points(kept: Iterable[Point]) -> list[PointShape]:
        return [PointShape(text=point.text, message_ids=of(point.numbers)) for point in kept]

    return OutcomeShape(
        decision=outcome.decision,
        is_decided=outcome.is_decided,
        message_ids=of(outcome.numbers),
        before=[_count(count) for count in outcome.before],
        after=[_count(count) for count in outcome.after],
        changed=[
            ChangeShape(
                participant_id=change.member,
                before=change.before,
                after=change.after,
                reason=change.reason,
                message_ids=of([change.number]),
            )
            for change in outcome.changed
        ],
        minority=[
            MinorityShape(
                participant_id=view.member,
                choice=view.choice,
                reason=view.reason,
                message_ids=of([view.number]),
            )
            for view in outcome.minority
        ],
        questions=points(outcome.questions),
        tasks=points(outcome.tasks),
    )


def _count(count: Count) -> SupportShape:
    return SupportShape(choice=count.choice, participant_ids=list(count.members), confidence=count.confidence)
