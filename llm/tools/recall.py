"""Looking something up in what was said long ago."""

from __future__ import annotations

from pydantic import Field

from llm import memory
from llm.tools.tool import Arguments, Result, Tool, ToolUse
from rooms.errors import ParleyError
from rooms.models import Participant

TOKENS = 1_500
QUERY_CHARACTERS = 400


class Recall(Arguments):
    query: str = Field(description="What to look for, in the words that were probably used.")


def run(use: ToolUse, arguments: Recall) -> Result:
    """Raises `invalid` where there is nothing to look for."""
    query = " ".join(arguments.query.split())[:QUERY_CHARACTERS]
    if not query:
        raise ParleyError("invalid", "Say what to look for.")
    found = memory.recall(use.seat.room, query, TOKENS)
    if not found:
        return Result("Nothing like that was said in this room.")
    names = dict(Participant.objects.filter(room=use.seat.room).values_list("pk", "name"))
    return Result("\n".join(f"[#{one.seq}] {names[one.participant_id]}: {one.text}" for one in found))


TOOL = Tool(
    "recall",
    "Look something up in the older messages of this room that you are not shown. You are told what was"
    " said, with the number of each message.",
    Recall,
    run,
)
