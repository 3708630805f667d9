"""One call to a model, and again where that is worth it and the model has sent nothing yet."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

from django.conf import settings

from llm.further import further
from llm.gateway.client import stream_completion
from llm.gateway.errors import ErrorCode, GatewayError
from llm.gateway.types import CompletionRequest, Delta, Finished, Usage
from llm.reply import Reply
from llm.requests import TurnRequest
from llm.retrying import Again, Candidate, Failure, RetryPolicy, next_step

logger = logging.getLogger(__name__)

Hear = Callable[[Delta], Awaitable[None]]

# Of a call that ended so, nobody tells what it used, and providers may charge for it.
_MAY_HAVE_COST: frozenset[ErrorCode] = frozenset({"timeout", "truncated"})


async def ask(
    reply: Reply,
    request: TurnRequest,
    hear: Hear,
    *,
    may_ask_again: Callable[[], bool],
    others: Sequence[Candidate] = (),
) -> Finished:
    """What `request` is answered with, piece by piece to `hear`; returns how it finished.

    The heartbeat keeps the lease through the pauses, and a stop cancels them. The last call is
    the caller's to end. `others` can be asked instead, which is the caller's to do, too. Raises
    GatewayError, and Unaffordable where no budget is left for another call.
    """
    policy = RetryPolicy(settings.LLM_TRIES, settings.LLM_RETRY_SECONDS, settings.LLM_LONGEST_RETRY_SECONDS)
    tries = 0
    while True:
        tries += 1
        reply.is_answered = False
        try:
            return await _stream(reply, request, hear)
        except GatewayError as failure:
            chance = random.random()  # noqa: S311 (no secret)
            what = Failure(failure.code, tries, failure.retry_after, has_sent=reply.is_answered)
            step = next_step(policy, what, others, chance=chance)
            if not isinstance(step, Again) or not may_ask_again():
                raise
            pause = step.pause
            reply.end_call(used_by(failure))
            logger.info("Turn %s: asking again in %.1f s after %s", reply.turn.pk, pause, failure.code)
        await asyncio.sleep(pause)
        request = await further(reply, request, is_new=False)


def used_by(failure: GatewayError) -> Usage | None:
    """What a call that failed so used, None where it can't have been anything."""
    return failure.usage or (Usage() if failure.code in _MAY_HAVE_COST else None)


async def _stream(reply: Reply, request: CompletionRequest, hear: Hear) -> Finished:
    async with aclosing(stream_completion(request)) as chunks:
        async for chunk in chunks:
            reply.is_answered = True
            if isinstance(chunk, Finished):
                return chunk
            await hear(chunk)
    raise GatewayError("truncated")
