"""What a run came to: from its mode's values to the room's shape, with the messages it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from llm.models import Run, RunOutcome
from llm.orchestration.values import Count, History, Mode, Outcome, Point
from llm.runs.protocol import ChangeShape, MinorityShape, OutcomeShape, PointShape, SupportShape


def keep(run: Run, mode: Mode, history: History) -> None:
    """Once, at the run's end, when everything that was sealed has its message."""
    outcome = mode.outcome(history)
    if outcome is None:
        return
    messages = dict(run.turns.filter(message_id__isnull=False).values_list("run_number", "message_id"))
    body = _shape(outcome, messages).model_dump(mode="json", exclude={"edited_by", "edited_at"})
    RunOutcome.objects.get_or_create(run=run, defaults={"body": body})


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
