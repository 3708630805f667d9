"""Handing over to personas and calling people, by name.

What is asked of them takes effect when the turn has ended well: it is kept with the turn's
end, and dispatch makes turns of it (llm/tools/handovers.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import Field, field_validator

from llm.tools.tool import Arguments, Mentioned, Result, TextForm, Tool, ToolUse, head_and_words
from rooms.errors import ParleyError
from rooms.models import Participant
from rooms.names import name_key

_BETWEEN_NAMES = re.compile(r"\s*(?:,|&|\band\b)\s*(?=@)|\s*,\s*|\s+(?=@)")

MOST_NAMES = 8
TASK_CHARACTERS = 500


class Mention(Arguments):
    names: list[str] = Field(
        min_length=1, max_length=MOST_NAMES, description="Their names, as in the list of participants."
    )
    task: str = Field("", description="What you ask of them, in one sentence that they and people read.")

    @field_validator("names", mode="before")
    @classmethod
    def _one_name(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


def run(use: ToolUse, arguments: Mention) -> Result:
    """Raises `invalid` where nobody of those names is here but the persona itself, and where what it says is
    sealed. In a run the personas' hands go up for it, since it is settled who speaks next."""
    if use.turn.is_sealed:
        raise ParleyError("invalid", "In this exchange it is settled who speaks next: write your message.")
    me = use.seat.participant
    present = list(Participant.objects.filter(room=use.seat.room, left_at=None))
    found: dict[UUID, Participant] = {}
    unknown: list[str] = []
    for name in arguments.names:
        participant = _named(present, name)
        if participant is None:
            unknown.append(name)
        elif participant.pk != me.pk:
            found[participant.pk] = participant
    if not found:
        others = ", ".join(participant.name for participant in present if participant.pk != me.pk)
        raise ParleyError(
            "invalid", f"Nobody else of that name is here. Those who are: {others or 'nobody'}."
        )
    task = " ".join(arguments.task.split())[:TASK_CHARACTERS]
    mentions = tuple(
        Mentioned(p.pk, p.name, task, is_persona=p.kind == Participant.Kind.PERSONA) for p in found.values()
    )
    called = ", ".join(mention.name for mention in mentions)
    missing = f" Nobody is called {', '.join(unknown)}." if unknown else ""
    # Without a word of its own the mention is the message, if it says what is asked.
    has_message = bool(use.has_said.strip() or task)
    advice = "" if has_message else " Now write your message, which they will read."
    return Result(
        f"{called} will read your message.{missing}{advice}", is_final=has_message, mentions=mentions
    )


def _named(present: Iterable[Participant], name: str) -> Participant | None:
    key = name_key(name.strip().removeprefix("@"))
    for participant in present:
        if key and key in {name_key(known) for known in (participant.name, *participant.aliases)}:
            return participant
    return None


def read_text(rest: str) -> dict[str, Any]:
    """ "@Bo, @Cy: what is asked" """
    names, task = head_and_words(rest)
    return {"names": [name for name in _BETWEEN_NAMES.split(names) if name.strip()], "task": task}


TOOL = Tool(
    "mention",
    "Hand over to other AI personas, or call people: the personas answer after your message, people are"
    " called by it. Only for somebody whose view is really needed now; writing @Name alone wakes nobody.",
    Mention,
    run,
    TextForm("mention", "[[mention @Name: what you ask of them]], to hand over with a task", read_text),
)
