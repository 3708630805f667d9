"""Passing: a turn that ends without a message, with its reason in the ledger."""

from __future__ import annotations

from pydantic import Field

from llm.tools.tool import Arguments, Result, TextForm, Tool, ToolUse
from rooms.errors import ParleyError

# Nobody asked for this persona itself: it may keep quiet. A turn by any other cause answers.
MAY_PASS = frozenset({"mention_all", "handover", "router", "run", "poll"})

REASON_CHARACTERS = 300
NO_REASON = "It had nothing to add."


class OptOut(Arguments):
    reason: str = Field("", description="Why you pass, in one short sentence that people can read.")


def may_pass(cause: str) -> bool:
    """Whether a turn woken by `cause` may pass: a person who asks a persona itself is answered."""
    return cause in MAY_PASS


def run(use: ToolUse, arguments: OptOut) -> Result:
    """Refused once where the persona was asked itself; a model can't be made to speak, so that
    one that insists passes all the same."""
    if use.has_said.strip():
        return Result("You have spoken already, so you can't pass any more.", is_final=True)
    if not may_pass(use.turn.cause) and not use.is_insisting:
        raise ParleyError("invalid", "You were asked by name, so you can't pass: answer, even if briefly.")
    reason = " ".join(arguments.reason.split())
    if len(reason) > REASON_CHARACTERS:
        reason = reason[: REASON_CHARACTERS - 1] + "…"
    return Result("You passed.", is_final=True, passed=reason or NO_REASON)


TOOL = Tool(
    "opt_out",
    "Pass: write no message in this turn. Use it when you have nothing to add that the others have not"
    " said, or when the question is not for you. Call it instead of writing, not in addition.",
    OptOut,
    run,
    TextForm("pass", "[[pass: why]] and nothing else, to say nothing at all", lambda rest: {"reason": rest}),
)
