"""A worker folds a room: the summaries of its ranges, by a model where one is set up.

Memory never depends on a model: where none is configured, or it fails, is late, or cites nothing, the
sentences most worth it stand in.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import aclosing
from uuid import UUID

from django.conf import settings

from llm.cleaning import TextCleaner
from llm.gateway.client import stream_completion
from llm.gateway.defaults import endpoint_for
from llm.gateway.errors import GatewayError
from llm.gateway.types import CompletionRequest, Deadlines, Finished, TextChunk, Usage
from llm.memory import compaction, summary
from llm.memory.lines import Line
from llm.memory.salience import Said
from llm.memory.usage import may_summarise, record_summary
from llm.resolution import resolve
from rooms.database import in_database
from rooms.models import Room

logger = logging.getLogger(__name__)

OUTPUT_TOKENS = 1_200
ANSWER_CHARACTERS = 12_000
# At once in a worker: its threads are for turns.
ROOMS_AT_ONCE = 3
# A room with a long past that was never folded: of its older ranges no model is asked.
MODEL_RANGES_MOST = 12
FAILURES_MOST = 2

_running = 0


async def compact(room_id: UUID) -> bool:
    """Fold the room, if it is ours to. Whether its memory has a new version."""
    global _running
    if _running >= ROOMS_AT_ONCE:
        return False  # the sweep sends it again
    _running += 1
    try:
        job = await in_database(compaction.begin, room_id)
        return job is not None and await _fold(job)
    finally:
        _running -= 1


async def _fold(job: compaction.Job) -> bool:
    try:
        model = model_for(job.room)
        if model and not await in_database(may_summarise, job.room, model):
            model = ""
        failures = 0
        for number, (first, last) in enumerate(job.ranges):
            said = await in_database(compaction.messages_of, job, first, last)
            chunk = compaction.new_chunk_id()
            is_recent = len(job.ranges) - number <= MODEL_RANGES_MOST
            lines: tuple[Line, ...] = ()
            if model and is_recent and failures < FAILURES_MOST:
                lines = await _by_model(job.room, model, said, chunk)
                failures += not lines
            wrote = model if lines else ""
            lines = lines or summary.without_model(said, chunk)
            if not await in_database(compaction.keep_chunk, job, first, last, chunk, lines, wrote):
                return False
        return await in_database(compaction.publish, job)
    except Exception:
        logger.exception("The memory of room %s could not be made", job.room.pk)
        await in_database(compaction.give_up, job)
        return False


def model_for(room: Room) -> str:
    """The model that summarises; blank where none is set up, and scripted voices would answer."""
    model = resolve(settings.LLM_SUMMARY_MODEL or room.default_model, "")
    return "" if model.is_scripted else model.name


async def _by_model(room: Room, model: str, said: list[Said], chunk: UUID) -> tuple[Line, ...]:
    """A model's lines about `said`, none where it fails in whatever way."""
    if not said:
        return ()
    usage: Usage | None = Usage()
    text = ""
    try:
        async with asyncio.timeout(settings.LLM_SUMMARY_SECONDS):
            text, usage = await _answer(_request(model, said))
    except GatewayError as failure:
        usage = failure.usage
        logger.warning("Room %s: no summary by the model: %s", room.pk, failure.code)
    except TimeoutError:
        logger.warning("Room %s: the summary took too long", room.pk)
    if usage is not None:
        await in_database(record_summary, room, model, usage, chunk)
    return summary.parse(text, {message.place for message in said}, chunk)


async def _answer(request: CompletionRequest) -> tuple[str, Usage]:
    cleaner, length = TextCleaner(), 0
    pieces: list[str] = []
    async with aclosing(stream_completion(request)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Finished):
                return "".join(pieces) + cleaner.end(), chunk.usage
            if isinstance(chunk, TextChunk):
                pieces.append(cleaner.clean(chunk.text))
                length += len(chunk.text)
                if length > ANSWER_CHARACTERS:
                    return "".join(pieces), Usage()
    raise GatewayError("truncated")


def _request(model: str, said: list[Said]) -> CompletionRequest:
    endpoint = endpoint_for(model, os.environ)
    return CompletionRequest(
        model=model,
        messages=summary.request_messages(said),
        max_output_tokens=OUTPUT_TOKENS,
        api_base=endpoint.api_base if endpoint else None,
        api_key=endpoint.api_key if endpoint else None,
        deadlines=Deadlines(
            connect=settings.LLM_CONNECT_SECONDS,
            first_token=settings.LLM_FIRST_TOKEN_SECONDS,
            between_chunks=settings.LLM_BETWEEN_CHUNKS_SECONDS,
            whole=settings.LLM_SUMMARY_SECONDS,
        ),
    )
