"""How a poll stands, as far as everybody may see it."""

from __future__ import annotations

from pydantic import Field

from llm.context.polls import result_text
from llm.polls import poll_lines
from llm.tools.poll_arguments import poll_meant
from llm.tools.tool import Arguments, Result, Tool, ToolUse


class PollResults(Arguments):
    poll: int | None = Field(None, description="The poll's number; without it the only open one.")


def run(use: ToolUse, arguments: PollResults) -> Result:
    poll = poll_meant(use, arguments.poll)
    (line,) = poll_lines([poll], use.seat.participant)
    return Result(result_text(line))


TOOL = Tool(
    "poll_results",
    "Read how a poll stands, or how it ended. Of a sealed one you learn how many voted.",
    PollResults,
    run,
)
