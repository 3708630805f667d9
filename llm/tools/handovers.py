"""What a turn's end hands over: how it is kept with the turn, and read by dispatch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from llm.models import Turn
from llm.tools.tool import Mentioned
from rooms.mentions import Mentionable, parse_mentions
from rooms.models import Message, Participant


@dataclass(frozen=True)
class Handover:
    """A persona that a message hands over to, with what is asked of it (blank: all of it)."""

    participant_id: UUID
    task: str


@dataclass(frozen=True)
class Handovers:
    """What the turn behind a message hands over. `counts_text`: names in its text do so, too."""

    by_tool: tuple[Handover, ...] = ()
    counts_text: bool = True


def handovers_of(message: Message) -> Handovers:
    """For dispatch. Nothing, and the text counts, where no turn wrote `message`."""
    turn = Turn.objects.filter(pk=message.turn_id).first() if message.turn_id else None
    if turn is None:
        return Handovers()
    return Handovers(
        tuple(Handover(UUID(kept["participant_id"]), kept["task"]) for kept in turn.handovers),
        counts_text=not turn.is_handing_over_by_tool,
    )


def kept(mentions: Iterable[Mentioned]) -> list[dict[str, str]]:
    """What is written to `Turn.handovers`: each persona once, its newest task."""
    tasks = {mention.participant_id: mention.task for mention in mentions if mention.is_persona}
    return [{"participant_id": str(participant_id), "task": task} for participant_id, task in tasks.items()]


def closing_lines(turn: Turn, text: str, mentions: Sequence[Mentioned]) -> str:
    """What is put behind `text`, so that everybody reads who is called and what is asked: a
    line for each task whose names the text does not mention yet. Reads the room's names."""
    present = Participant.objects.filter(room=turn.room_id, left_at=None)
    mentionable = [Mentionable(p.pk, (p.name, *p.aliases)) for p in present]
    already = set(parse_mentions(text, mentionable).ids)
    names: dict[str, dict[str, None]] = {}
    for mention in mentions:
        if mention.participant_id not in already:
            names.setdefault(mention.task, {})[f"@{mention.name}"] = None
    return "\n\n".join(f"{' '.join(of_task)}{f': {task}' if task else ''}" for task, of_task in names.items())
