"""Who speaks where the first model does not: the models of a turn, one after the other.

1. A model's whole attempt is one `Speech`, with its own retries.
2. Where it failed and nobody saw or felt anything of it (no text, no tool that did something),
   `retrying.next_step` says which model is next, if any. Its stream is closed by then, so
   that nothing of it can come late.
3. The turn is told to be that model's, with who failed before it and why; the request is made
   anew, since another model has another window, other tools and another layout.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

from llm import turns
from llm.asking import used_by
from llm.fencing import Fenced
from llm.further import Unaffordable, further
from llm.gateway.errors import GatewayError
from llm.patience import patiently
from llm.reply import Reply
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
from rooms.protocol.shapes import ErrorShape

logger = logging.getLogger(__name__)

# Its own retries are behind it.
NO_RETRY = RetryPolicy(tries=1, pause=0, longest_pause=0)


SpeechFor = Callable[[Reply, TurnRequest, Models, int], Speech]


async def speak(
    reply: Reply,
    request: TurnRequest,
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
        reply.end_call(ending.usage)
        failed, models, uses = models.asked, models.after(step), speech.uses
        logger.warning("Turn %s: %s instead of %s: %s", reply.turn.pk, models.asked.name, failed.name, code)
        try:
            request = await _begin_anew(reply, failed, ending.error, models.asked, so_far)
        except Unaffordable as failure:
            return _blocked(failure)


async def _ending(speech: Speech) -> Ending:
    try:
        return await speech.give()
    except Unaffordable as failure:
        return _blocked(failure)
    except GatewayError as failure:
        return Ending("failed", ErrorShape(code=failure.code, message=failure.message), used_by(failure))


def _blocked(failure: Unaffordable) -> Ending:
    refusal = failure.refusal
    return Ending("blocked", ErrorShape(code=refusal.code, message=refusal.message))


def _failure_code(ending: Ending) -> FailureCode | None:
    if ending.state != "failed" or ending.error is None or ending.error.code not in HANDLING:
        return None
    return cast(FailureCode, ending.error.code)


async def _begin_anew(
    reply: Reply, failed: Candidate, error: ErrorShape | None, model: Candidate, said: str
) -> TurnRequest:
    """The turn is `model`'s from here. Raises CancelledError where it is somebody else's now."""
    reply.start_over()
    assert error is not None  # noqa: S101 (a failure has one)
    request = await patiently(reply, _fall_back, reply, failed, error, model, said)
    return await further(reply, request)


def _fall_back(
    reply: Reply, failed: Candidate, error: ErrorShape, model: Candidate, said: str
) -> TurnRequest:
    if not turns.fall_back(reply.turn, failed.name, error, model.name, is_scripted=model.is_scripted):
        raise Fenced
    return request_for(reply.turn, said=said)
