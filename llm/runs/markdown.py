"""A run's end and outcome to take along, as Markdown: over REST, and on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from llm.models import Run, RunOutcome
from llm.orchestration.registry import BY_NAME
from llm.runs.protocol import OutcomeShape, SupportShape
from llm.runs.shaping import outcome_shape
from rooms.models import Participant

_SOMEBODY = "somebody"


def markdown_of(run: Run) -> str:
    """The goal, why it ended, and what it came to, of a run that has ended."""
    mode = BY_NAME.get(run.mode)
    title = mode.title if mode else run.mode
    parts = [f"## {title}: {_line(run.goal)}", f"{title} ended: {run.end_message}"]
    outcome = RunOutcome.objects.filter(run=run).first()
    if outcome is not None:
        names = dict(Participant.objects.filter(room=run.room_id).values_list("pk", "name"))
        parts += _of_outcome(outcome_shape(outcome), names)
    return "\n\n".join(parts) + "\n"


def _of_outcome(outcome: OutcomeShape, names: Mapping[UUID, str]) -> list[str]:
    def name(id_: UUID) -> str:
        return names.get(id_, _SOMEBODY)

    heading = "Decision" if outcome.is_decided else "How far it came"
    has_moved = bool(outcome.before) and outcome.before != outcome.after
    lists = {
        "Votes, first and last" if has_moved else "Votes": _votes(outcome, names, has_moved=has_moved),
        "Who changed their mind": [
            _reasoned(f"{name(one.participant_id)}: from “{one.before}” to “{one.after}”", one.reason)
            for one in outcome.changed
        ],
        "The minority's view": [
            _reasoned(f"{name(one.participant_id)} holds: {one.choice}", one.reason)
            for one in outcome.minority
        ],
        "Open questions": [point.text for point in outcome.questions],
        "Tasks": [point.text for point in outcome.tasks],
    }
    sections = [f"### {title}\n\n{_bullets(lines)}" for title, lines in lists.items() if lines]
    return [f"### {heading}\n\n{outcome.decision}", *sections]


def _votes(outcome: OutcomeShape, names: Mapping[UUID, str], *, has_moved: bool) -> list[str]:
    """Every choice that had a vote, the most supported first."""
    first, last = _by_choice(outcome.before), _by_choice(outcome.after)
    lines = []
    for choice in sorted({**last, **first}, key=lambda choice: -len(last.get(choice, ()))):
        voters = last.get(choice, [])
        count = f"{len(first.get(choice, ()))} → {len(voters)}" if has_moved else str(len(voters))
        who = f" ({', '.join(names.get(id_, _SOMEBODY) for id_ in voters)})" if voters else ""
        lines.append(f"{choice}: {count}{who}")
    return lines


def _by_choice(counts: Sequence[SupportShape]) -> dict[str, list[UUID]]:
    return {count.choice: count.participant_ids for count in counts}


def _reasoned(words: str, reason: str) -> str:
    return f"{words}. {reason}" if reason else words


def _bullets(lines: Sequence[str]) -> str:
    """What has several lines stays one point."""
    return "\n".join("- " + line.strip().replace("\n", "\n  ") for line in lines)


def _line(text: str) -> str:
    return " ".join(text.split())
