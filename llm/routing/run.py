"""Asking the router's model, on the worker's loop. Never tried again: in doubt nobody answers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from uuid import UUID

from llm.gateway.client import stream_completion
from llm.gateway.errors import GatewayError
from llm.gateway.types import CompletionRequest, Finished, TextChunk, Usage
from llm.models import RouterCall
from llm.routing import calls
from llm.routing.rules import ANSWER_CHARACTERS, answer_of
from rooms.database import in_database

logger = logging.getLogger(__name__)

# A call that was cut off tells no usage; that something was spent is recorded all the same.
UNKNOWN_USAGE = Usage()


async def route(message_id: UUID) -> None:
    """Ask who answers the message, if the call is ours to make, and wake them."""
    claimed = await in_database(calls.claim, message_id)
    if claimed is None:
        return
    state, code, usage, answer = RouterCall.State.FAILED, "internal", UNKNOWN_USAGE, ""
    try:
        async with asyncio.timeout(claimed.seconds):
            answer, usage = await _ask(claimed.request)
        meant = answer_of(answer, len(claimed.candidates))
        if meant is not None:
            await in_database(calls.decide, claimed, meant, usage)
            return
        code = "invalid_answer"
    except TimeoutError:
        state, code = RouterCall.State.LATE, ""
    except GatewayError as failure:
        code, usage = failure.code, failure.usage or UNKNOWN_USAGE
    except Exception:
        logger.exception("The router of message %s failed", message_id)
    logger.info("The router of message %s names nobody: %s %s", message_id, state, code)
    await in_database(_end, message_id, state, code, usage)


def _end(message_id: UUID, state: RouterCall.State, code: str, usage: Usage) -> None:
    calls.end(message_id, state, error_code=code, usage=usage)


async def _ask(request: CompletionRequest) -> tuple[str, Usage]:
    """The whole answer, or the beginning of one that is too long, and what it used."""
    said = ""
    async with aclosing(stream_completion(request)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Finished):
                return said, chunk.usage
            if isinstance(chunk, TextChunk):
                said += chunk.text
                if len(said) > ANSWER_CHARACTERS and "<think>" not in said:
                    break
    return said, UNKNOWN_USAGE
