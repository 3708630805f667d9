"""All tools. To add one: a file with a `TOOL`, and its line here (docs/tools.md).

Every request offers all of them, in this order and with the same words, whether this turn may
use them or not: tools stand before everything else that a provider caches. What may not be
done in a turn is refused when it is tried.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from llm.gateway.types import ToolCall, ToolDefinition
from llm.scriptlines import Marker
from llm.tools import cast_vote, create_poll, mention, opt_out, poll_results, raise_hand, recall, submit
from llm.tools.tool import Tool

TOOLS: tuple[Tool[Any], ...] = (
    opt_out.TOOL,
    mention.TOOL,
    create_poll.TOOL,
    cast_vote.TOOL,
    poll_results.TOOL,
    recall.TOOL,
    submit.TOOL,
    raise_hand.TOOL,
)


@cache
def by_name() -> Mapping[str, Tool[Any]]:
    return {tool.name: tool for tool in TOOLS}


@cache
def definitions() -> tuple[ToolDefinition, ...]:
    """What every request to a model with tools offers."""
    return tuple(tool.definition() for tool in TOOLS)


@cache
def by_keyword() -> Mapping[str, Tool[Any]]:
    """Those that a model without tools can write into its text."""
    return {tool.text_form.keyword: tool for tool in TOOLS if tool.text_form is not None}


@cache
def text_forms() -> tuple[str, ...]:
    return tuple(tool.text_form.example for tool in by_keyword().values() if tool.text_form is not None)


def call_of(marker: Marker, number: int) -> ToolCall:
    """The call that `marker`, the answer's `number`th, stands for."""
    tool = by_keyword()[marker.keyword]
    assert tool.text_form is not None  # noqa: S101 (by_keyword has no other)
    arguments = tool.text_form.read(marker.rest.lstrip(" :").strip())
    return ToolCall(f"text_{number}", tool.name, json.dumps(arguments, ensure_ascii=False))
