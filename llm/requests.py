"""From a claimed turn to the request for its model."""

from __future__ import annotations

import os
from dataclasses import dataclass

from django.conf import settings

from llm.context.render import arranged, written
from llm.context.values import Rendered
from llm.context.view import recalled_lines, view_for
from llm.gateway.defaults import endpoint_for
from llm.gateway.types import CompletionRequest, Deadlines
from llm.memory.windows import OUTPUT_TOKENS
from llm.models import Turn
from llm.tools import abilities, registry


@dataclass(frozen=True)
class TurnRequest(CompletionRequest):
    """A request with what it was made of, for the record (`llm.given`). `upto` is the number
    of the last message that the room's memory stands for, 0 without one."""

    rendered: Rendered | None = None
    upto: int = 0


def request_for(turn: Turn, *, said: str = "", may_have_tools: bool | None = None) -> TurnRequest:
    """`said` is the text of the turn's own message to go on from, if there is one.

    `may_have_tools`: whether the model is offered tools; None asks what is known of it.
    """
    endpoint = endpoint_for(turn.model, os.environ)
    has_tools = abilities.may_have_tools(turn.model) if may_have_tools is None else may_have_tools
    view = view_for(turn, said=said, has_tools=has_tools)
    place = arranged(view)
    rendered = written(place, recalled_lines(turn, before=place.first, most=place.recalled_most))
    return TurnRequest(
        model=turn.model,
        messages=rendered.messages,
        tools=registry.definitions() if has_tools else (),
        max_output_tokens=OUTPUT_TOKENS,
        temperature=None,
        api_base=endpoint.api_base if endpoint else None,
        api_key=endpoint.api_key if endpoint else None,
        deadlines=Deadlines(
            connect=settings.LLM_CONNECT_SECONDS,
            first_token=settings.LLM_FIRST_TOKEN_SECONDS,
            between_chunks=settings.LLM_BETWEEN_CHUNKS_SECONDS,
            whole=settings.LLM_WHOLE_SECONDS,
        ),
        rendered=rendered,
        upto=view.memory.upto if view.memory else 0,
    )
