"""Asking the room: a persona's poll never wakes anybody, so that it can't go round the limits of
a chain of turns."""

from __future__ import annotations

from pydantic import Field, ValidationError

from llm.tools.tool import Arguments, Result, Tool, ToolUse
from rooms.actions.polls import PollSketch, create_poll
from rooms.errors import ParleyError
from rooms.models import Poll
from rooms.protocol.polls import OPTIONS_LEAST, OPTIONS_MOST
from rooms.protocol.polls import CreatePoll as Asked


class CreatePoll(Arguments):
    question: str = Field(description="One question.")
    options: list[str] = Field(
        min_length=OPTIONS_LEAST,
        max_length=OPTIONS_MOST,
        description="Short answers that exclude each other.",
    )
    is_multiple: bool = Field(False, description="Whether several options can be chosen.")
    is_sealed: bool = Field(False, description="Whether nobody sees how it stands until it is closed.")


def run(use: ToolUse, arguments: CreatePoll) -> Result:
    """One open poll a persona. Raises `invalid`."""
    if use.turn.is_sealed:
        raise ParleyError("invalid", "Nobody may see yet what you say: write your message.")
    mine = Poll.objects.filter(
        room=use.seat.room, closed_at=None, message__participant=use.seat.participant
    ).first()
    if mine is not None:
        raise ParleyError("invalid", f"Your poll {mine.message.seq} is open still: wait for its end.")
    try:
        asked = Asked(**arguments.model_dump())
    except ValidationError as error:
        problem = error.errors()[0]
        raise ParleyError("invalid", f"This is no poll: {problem['msg']}.") from None
    create_poll(
        by=use.seat,
        sketch=PollSketch(**asked.model_dump()),
        command_id=use.command_id,
        turn_id=use.turn.pk,
    )
    has_said = bool(use.has_said.strip())
    text = "The poll stands in the room." + (
        "" if has_said else " Now write your message, without the options."
    )
    return Result(text, is_final=has_said)


TOOL = Tool(
    "create_poll",
    "Ask the room a question with two to twelve options, on which people and personas vote. Only where a"
    " decision is due that the room has not made, or where somebody asked for a poll.",
    CreatePoll,
    run,
)
