"""Voting in a poll that lets personas vote."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, field_validator

from llm.tools.poll_arguments import chosen_options, poll_meant
from llm.tools.tool import Arguments, Result, TextForm, Tool, ToolUse, head_and_words
from rooms.actions.polls import cast_vote
from rooms.protocol.polls import OPTIONS_MOST, REASON_CHARACTERS

_IN_POLL = re.compile(r"(?P<choices>.*?)\s+in(?:\s+poll)?\s+#?(?P<poll>\d{1,18})", re.IGNORECASE)
_BETWEEN_NUMBERS = re.compile(r"\s*(?:,|&|\band\b|\s)\s*", re.IGNORECASE)


class CastVote(Arguments):
    poll: int | None = Field(None, description="The poll's number; without it the only open one.")
    choices: list[str] = Field(
        min_length=1, max_length=OPTIONS_MOST, description="The numbers of the options that you choose."
    )
    reason: str = Field("", description="Why, in one short sentence; people may read it.")

    @field_validator("choices", mode="before")
    @classmethod
    def _one_choice(cls, value: Any) -> Any:
        return value if isinstance(value, list) else [value]


def run(use: ToolUse, arguments: CastVote) -> Result:
    """A turn that the poll itself woke is over with the vote, and needs no message."""
    poll = poll_meant(use, arguments.poll)
    reason = " ".join(arguments.reason.split())[:REASON_CHARACTERS]
    cast_vote(by=use.seat, poll_id=poll.pk, choices=chosen_options(poll, arguments.choices), reason=reason)
    if use.turn.trigger_message_id == poll.pk:
        return Result("Your vote is counted.", is_final=True, is_enough=True)
    has_said = bool(use.has_said.strip())
    return Result(
        "Your vote is counted." + ("" if has_said else " Now write your message."), is_final=has_said
    )


def read_text(rest: str) -> dict[str, Any]:
    """ "2 in poll 41: why", "1, 3: why", or an option in its own words"""
    head, reason = head_and_words(rest)
    named = _IN_POLL.fullmatch(head)
    chosen, poll = (named["choices"], int(named["poll"])) if named else (head, None)
    numbers = _BETWEEN_NUMBERS.split(chosen)
    choices = numbers if all(number.isdigit() for number in numbers) else [chosen]
    return {"poll": poll, "choices": [choice for choice in choices if choice], "reason": reason}


TOOL = Tool(
    "cast_vote",
    "Vote in an open poll, or change your vote. Decide for yourself; do not write in your message what you"
    " chose where the poll is sealed or anonymous.",
    CastVote,
    run,
    TextForm("vote", "[[vote N: why]], to vote in an open poll for its option N", read_text),
    # What was voted may be secret, and members may look at what a turn did.
    keeps_arguments=False,
)
