"""One call to a model, and again where that is worth it and the model has sent nothing yet."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

from django.conf import settings

from llm.gateway.client import stream_completion
from llm.gateway.errors import GatewayError
from llm.gateway.types import CompletionRequest, Delta, Finished
from llm.publisher import Reply
from llm.retrying import Again, Candidate, Failure, RetryPolicy, next_step

logger = logging.getLogger(__name__)

Hear = Callable[[Delta], Awaitable[None]]


async def ask(
    reply: Reply,
    request: CompletionRequest,
    hear: Hear,
    *,
    may_ask_again: Callable[[], bool],
    others: Sequence[Candidate] = (),
) -> Finished:
    """What `request` is answered with, piece by piece to `hear`; returns how it finished.

    The heartbeat keeps the lease through the pauses, and a stop cancels them. What each call
    used is kept in `reply.spent`, but for the last one, which the caller records. `others` can
    be asked instead, which is the caller's to do. Raises GatewayError.
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
            if failure.usage is not None:
                reply.spent[reply.calls] = failure.usage
            logger.info("Turn %s: asking again in %.1f s after %s", reply.turn.pk, pause, failure.code)
        await asyncio.sleep(pause)
        reply.calls += 1


async def _stream(reply: Reply, request: CompletionRequest, hear: Hear) -> Finished:
    async with aclosing(stream_completion(request)) as chunks:
        async for chunk in chunks:
            reply.is_answered = True
            if isinstance(chunk, Finished):
                return chunk
            await hear(chunk)
    raise GatewayError("truncated")
