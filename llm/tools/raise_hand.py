"""Asking for the floor once more, out of turn, in a run."""

from __future__ import annotations

from pydantic import Field

from llm.hands.raising import line_of, raise_hand
from llm.models import Hand
from llm.orchestration.values import BLIND
from llm.tools.tool import Arguments, Result, TextForm, Tool, ToolUse
from rooms.errors import ParleyError


class RaiseHand(Arguments):
    line: str = Field(description="What you want to say, in one short line that people read.")


def run(use: ToolUse, arguments: RaiseHand) -> Result:
    """Raises `invalid` outside of a run, and where what it says is sealed or judges the others."""
    turn = use.turn
    if turn.run_id is None:
        raise ParleyError("invalid", "Nobody else has the floor: say it in your message.")
    if turn.is_sealed or turn.run_part in BLIND:
        raise ParleyError("invalid", "Not in this part of the exchange: write your message.")
    if not line_of(arguments.line):
        raise ParleyError("invalid", "Say in one line what you want to say.")
    raised = raise_hand(
        use.seat.participant,
        arguments.line,
        message=turn.trigger_message,
        source=Hand.Source.TOOL,
        raised_in=turn,
    )
    told = "Your hand is up." if raised is not None else "You will speak again anyway: say it then."
    has_said = bool(use.has_said.strip())
    return Result(told + ("" if has_said else " Now write your message."), is_final=has_said)


TOOL = Tool(
    "raise_hand",
    "Ask to speak once more out of turn, in an exchange in which it is settled who speaks next: people see"
    " your line and may let you. Only for something that can't wait and that you are not saying now.",
    RaiseHand,
    run,
    TextForm(
        "hand",
        "[[hand: what you want to say]], where it is settled who speaks next, to ask to speak once more"
        " out of turn",
        lambda rest: {"line": rest},
    ),
)
