"""The scripted demo provider's pace and counting: it answers when no model is configured.

It is called through LiteLLM like any other provider (registered in `_litellm`), so that
the demo and a real model take the same path.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import cast, get_args

from llm.gateway import demo_router
from llm.gateway.defaults import are_trials_offered, is_trial
from llm.gateway.demo_runs import run_answer
from llm.gateway.demo_text import ToolUse, answer, reply
from llm.gateway.demo_trials import Trial, trial_of
from llm.gateway.demo_votes import vote_of
from llm.gateway.errors import ErrorCode, GatewayError

DEFAULT_TOKENS_PER_SECOND = 50.0
# Not a voice: it says who answers.
ROUTER = "router"
FIRST_TOKEN_SECONDS = 0.35
# About as long as the tokens of real models: short words whole, long ones in two.
TOKEN = re.compile(r"\s*(?:\w{1,7}|[^\w\s]+)|\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A token of the answer; the last one has no text and carries the counts. `vote` are the
    arguments of a vote that it casts instead of speaking, as JSON."""

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    finish_reason: str = ""
    vote: str = ""
    use: ToolUse | None = None


async def speak(
    lens: str, messages: Sequence[tuple[str, str]], *, max_tokens: int | None, has_tools: bool = False
) -> AsyncIterator[Piece]:
    """The answer token by token, at PARLEY_DEMO_TOKENS_PER_SECOND (0: all at once). Raises
    GatewayError where a model that misbehaves on purpose says so."""
    vote = vote_of(messages, lens)
    if vote is not None and not is_trial(lens):
        await asyncio.sleep(FIRST_TOKEN_SECONDS if _tokens_per_second() else 0)
        yield Piece("", vote=json.dumps(vote))
        yield Piece("", _input_tokens(messages), len(TOKEN.findall(str(vote))), "tool_calls")
        return
    use = None
    in_run = None if is_trial(lens) else run_answer(messages, lens)
    if in_run is not None:
        trial, use = Trial(in_run.text), in_run.use
    elif has_tools and not is_trial(lens):
        answered = answer(messages, lens)
        trial, use = Trial(answered.text), answered.use
    else:
        trial = _trial(lens, messages)
    tokens = TOKEN.findall(trial.text)
    finish_reason = "length" if trial.outcome == "length" else "stop"
    if max_tokens is not None and len(tokens) > max_tokens:
        tokens, finish_reason = tokens[:max_tokens], "length"
    speed = _tokens_per_second() / trial.slowness
    loop = asyncio.get_running_loop()
    chance = random.Random()  # noqa: S311 - only the rhythm
    due = loop.time() + (FIRST_TOKEN_SECONDS * DEFAULT_TOKENS_PER_SECOND / speed if speed else 0)
    for token in tokens:
        # Counted from the start, so that late wake-ups do not slow the whole answer down.
        if (ahead := due - loop.time()) > 0:
            await asyncio.sleep(ahead)
        yield Piece(token)
        if speed:
            due += chance.uniform(0.5, 1.5) / speed
    await _fail(trial)
    if use is not None and finish_reason == "stop":
        finish_reason = "tool_calls"
        yield Piece("", use=use)
    yield Piece("", _input_tokens(messages), len(tokens), finish_reason)


def _input_tokens(messages: Sequence[tuple[str, str]]) -> int:
    return sum(len(TOKEN.findall(content)) for _, content in messages)


def _trial(lens: str, messages: Sequence[tuple[str, str]]) -> Trial:
    if lens == ROUTER:
        return Trial(demo_router.answer(messages))
    if not is_trial(lens):
        return Trial(reply(messages, lens))
    trial = trial_of(lens, messages) if are_trials_offered(os.environ) else None
    if trial is None:
        raise GatewayError("model_unknown")
    return trial


async def _fail(trial: Trial) -> None:
    if trial.outcome == "stall":
        await asyncio.Event().wait()
    if trial.outcome in get_args(ErrorCode):
        raise GatewayError(cast(ErrorCode, trial.outcome))


def _tokens_per_second() -> float:
    try:
        return max(0.0, float(os.environ.get("PARLEY_DEMO_TOKENS_PER_SECOND", "")))
    except ValueError:
        return DEFAULT_TOKENS_PER_SECOND
