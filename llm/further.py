"""Between two calls of one turn: what the first one used is recorded, and the next one reserved.

In that order, so that a turn of many calls (tried again, with tools, with another model) passes
no limit that a turn of a single call would not.
"""

from __future__ import annotations

from collections.abc import Sequence

from llm import given, turns
from llm.guard import Refusal
from llm.memory import calibration
from llm.models import Turn, UsageEntry
from llm.patience import patiently
from llm.reply import Reply
from llm.requests import TurnRequest
from llm.reserving import reserved


class Unaffordable(Exception):
    """No budget is left for another call of the turn."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.code)


async def further(reply: Reply, request: TurnRequest, *, is_new: bool = True) -> TurnRequest:
    """`request` as far as budgets go, as the next call of the turn; the caller has ended the one
    before (`Reply.end_call`). `is_new`: it says something else than the one before.

    Raises Unaffordable, and CancelledError where the turn is not this worker's any more.
    """
    reply.begin_call()
    granted = await patiently(reply, _further, reply, request, is_new=is_new)
    if isinstance(granted, Refusal):
        raise Unaffordable(granted)
    return granted


def _further(reply: Reply, request: TurnRequest, *, is_new: bool) -> TurnRequest | Refusal:
    recorded = record_spent(reply)
    granted = reserved(reply.turn, request, number=reply.calls)
    if is_new and not isinstance(granted, Refusal):
        given.keep(reply.turn, granted, number=reply.calls)
    learn(reply.turn, recorded)
    return granted


def record_spent(reply: Reply) -> list[UsageEntry]:
    """Write down what the turn's ended calls used, each once; returns what was, for `learn`."""
    recorded = []
    for call in calls_of(reply):
        turns.record_usage(reply.turn, call.used, number=call.number, said=call.said)
        # Only then: the database may be away.
        reply.spent.pop(call.number, None)
        recorded.append(call.used)
    return recorded


def calls_of(reply: Reply) -> list[turns.Call]:
    """What the turn's ended calls used, as far as it is not written down."""
    return [
        turns.Call(
            UsageEntry(
                attempt=reply.turn.fence + number - 1,
                model=spent.model,
                input_tokens=spent.usage.input_tokens,
                output_tokens=spent.usage.output_tokens,
                cached_tokens=spent.usage.cached_tokens,
                cost_usd=spent.usage.cost_usd,
            ),
            number,
            spent.said,
        )
        for number, spent in list(reply.spent.items())
    ]


def learn(turn: Turn, recorded: Sequence[UsageEntry]) -> None:
    """How a model counts, from what it told of these calls. When there is time: nothing waits for it."""
    for entry in recorded:
        calibration.learn_from(turn, entry.attempt, entry.model, entry.input_tokens)
