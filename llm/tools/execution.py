"""Using tools: once, by the worker whose turn it is, with every outcome told to the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid5

from llm import turns
from llm.cleaning import cleaned
from llm.gateway.types import ToolCall
from llm.models import ToolRecord, Turn
from llm.tools.registry import by_name
from llm.tools.tool import BadArguments, Result, ToolUse
from rooms.access import Seat
from rooms.errors import ParleyError

ARGUMENTS_CHARACTERS = 2_000


@dataclass(frozen=True)
class Outcome:
    """`is_refused`: nothing was done, and the result's text says why. `is_misuse`: because the
    call can't be understood."""

    result: Result
    is_refused: bool = False
    is_misuse: bool = False


def use_tool(turn: Turn, number: int, call: ToolCall, *, said: str, is_insisting: bool) -> Outcome:
    """Do what `call`, the turn's `number`th, asks for, once however often this is called.

    `said` and `is_insisting`: see ToolUse. Raises Fenced where the turn is not this
    worker's any more; then nothing was done.
    """
    tool = by_name().get(call.name)
    try:
        if tool is None:
            raise BadArguments(f"There is no tool {call.name[:64]}. There are: {', '.join(by_name())}.")
        arguments = tool.read(call.arguments)
        with turns.holding(turn):
            if (record := _record(turn, number)) is not None:
                return Outcome(Result.from_json(record.result), record.is_refused)
            seat = Seat(turn.room, turn.participant)
            use = ToolUse(turn, seat, uuid5(turn.pk, f"tool {number}"), said, is_insisting)
            outcome = Outcome(tool.run(use, arguments))
            _keep(turn, number, call, outcome)
            return outcome
    except BadArguments as misuse:
        outcome = Outcome(Result(str(misuse)), is_refused=True, is_misuse=True)
    except ParleyError as refusal:
        outcome = Outcome(Result(refusal.message), is_refused=True)
    with turns.holding(turn):
        if _record(turn, number) is None:
            _keep(turn, number, call, outcome)
    return outcome


def _record(turn: Turn, number: int) -> ToolRecord | None:
    return ToolRecord.objects.filter(turn=turn, number=number).first()


def _keep(turn: Turn, number: int, call: ToolCall, outcome: Outcome) -> None:
    ToolRecord.objects.create(
        turn=turn,
        number=number,
        name=cleaned(call.name)[:64],
        arguments=cleaned(call.arguments)[:ARGUMENTS_CHARACTERS] if _keeps_arguments(call) else "",
        is_refused=outcome.is_refused,
        result=replace(outcome.result, text=outcome.result.text[:ARGUMENTS_CHARACTERS]).to_json(),
    )


def _keeps_arguments(call: ToolCall) -> bool:
    tool = by_name().get(call.name)
    return tool is None or tool.keeps_arguments
