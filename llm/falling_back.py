"""Who speaks where the first model does not: the models of a turn, one after the other.

1. A model's whole attempt is one `Speech`, with its own retries.
2. Where it failed and nobody saw or felt anything of it (no text, no tool that did something),
   `retrying.next_step` says which model is next, if any. Its stream is closed by then, so
   that nothing of it can come late.
3. The turn is told to be that model's, with who failed before it and why; the request is made
   anew, since another model has another window, other tools and another layout.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from llm import given, turns
from llm.gateway.errors import GatewayError
from llm.gateway.types import CompletionRequest, Usage
from llm.publisher import Reply
from llm.requests import TurnRequest, request_for
from llm.retrying import (
    HANDLING,
    Candidate,
    Failure,
    FailureCode,
    Fallback,
    Models,
    RetryPolicy,
    next_step,
)
from llm.speaking import SILENCES, Ending, Speech
from rooms.database import AWAY, PAUSES, in_database
from rooms.protocol.shapes import ErrorShape

logger = logging.getLogger(__name__)

# A stream that was cut off tells no usage; that something was spent is recorded all the same.
UNKNOWN_USAGE = Usage()
# Its own retries are behind it.
NO_RETRY = RetryPolicy(tries=1, pause=0, longest_pause=0)


SpeechFor = Callable[[Reply, CompletionRequest, Models, int], Speech]


async def speak(
    reply: Reply,
    request: CompletionRequest,
    models: Models,
    speech_for: SpeechFor,
    *,
    may_ask_again: Callable[[], bool],
) -> Ending:
    """How the turn ends, with the first model that answers it.

    `speech_for(reply, request, models, uses)` makes the attempt of `models.asked`; `uses`
    tools were used before it. Raises CancelledError where the turn is not this worker's.
    """
    so_far = reply.reached().text
    uses = 0
    while True:
        speech = speech_for(reply, request, models, uses)
        ending = await _ending(speech)
        code = _failure_code(ending)
        is_unseen = reply.reached().text.rstrip() == so_far.rstrip() and not speech.has_acted
        if code in SILENCES:
            logger.warning("Turn %s: %s had nothing to show: code=%s", reply.turn.pk, models.asked.name, code)
        if code is None or not is_unseen or not may_ask_again():
            return ending
        failure = Failure(code, has_sent=reply.is_answered)
        characters = sum(len(message.content) for message in request.messages)
        step = next_step(
            NO_RETRY, failure, models.rest, window=models.asked.window, characters=characters, chance=0.5
        )
        if not isinstance(step, Fallback):
            return ending
        _close_account(reply, ending)
        failed, models, uses = models.asked, models.after(step), speech.uses
        logger.warning("Turn %s: %s instead of %s: %s", reply.turn.pk, models.asked.name, failed.name, code)
        request = await _begin_anew(reply, failed, ending.error, models.asked, so_far)


async def _ending(speech: Speech) -> Ending:
    try:
        return await speech.give()
    except GatewayError as failure:
        return Ending("failed", ErrorShape(code=failure.code, message=failure.message), failure.usage)


def _failure_code(ending: Ending) -> FailureCode | None:
    if ending.state != "failed" or ending.error is None or ending.error.code not in HANDLING:
        return None
    return cast(FailureCode, ending.error.code)


def _close_account(reply: Reply, ending: Ending) -> None:
    """What the failed model used stays its own."""
    usage = ending.usage or (UNKNOWN_USAGE if reply.is_answered else None)
    if usage is not None:
        reply.spent[reply.calls] = usage
    for number in reply.spent:
        reply.model_of_call.setdefault(number, reply.turn.model)
    reply.calls += 1
    reply.is_answered = False


async def _begin_anew(
    reply: Reply, failed: Candidate, error: ErrorShape | None, model: Candidate, said: str
) -> TurnRequest:
    """The turn is `model`'s from here. Raises CancelledError where it is somebody else's now."""
    reply.start_over()
    assert error is not None  # noqa: S101 (a failure has one)
    for pause in (*PAUSES, None):
        try:
            request = await in_database(_fall_back, reply, failed, error, model, said)
            break
        except AWAY as refusal:
            if pause is None:
                raise
            logger.warning("Turn %s: its fallback waits: %s", reply.turn.pk, type(refusal).__name__)
            await asyncio.sleep(pause)
    if request is None:
        reply.fence_off()
        raise asyncio.CancelledError
    return request


def _fall_back(
    reply: Reply, failed: Candidate, error: ErrorShape, model: Candidate, said: str
) -> TurnRequest | None:
    if not turns.fall_back(reply.turn, failed.name, error, model.name, is_scripted=model.is_scripted):
        return None
    request = request_for(reply.turn, said=said)
    given.record(reply.turn, request, number=reply.calls)
    return request
