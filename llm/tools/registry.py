"""All tools. To add one: a file with a `TOOL`, and its line here (docs/tools.md).

Every request offers all of them, in this order and with the same words, whether this turn may
use them or not: tools stand before everything else that a provider caches. What may not be
done in a turn is refused when it is tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from llm.gateway.types import ToolDefinition
from llm.tools import mention, opt_out
from llm.tools.tool import Tool

TOOLS: tuple[Tool[Any], ...] = (opt_out.TOOL, mention.TOOL)


@cache
def by_name() -> Mapping[str, Tool[Any]]:
    return {tool.name: tool for tool in TOOLS}


@cache
def definitions() -> tuple[ToolDefinition, ...]:
    """What every request to a model with tools offers."""
    return tuple(tool.definition() for tool in TOOLS)
