"""System checks: what is wrong with the settings, and its mend."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from config import env
from llm.gateway.defaults import RESERVED_NAMES


@register()
def settings_are_readable(**_: Any) -> list[CheckMessage]:
    return [Error(problem.mend, id="parley.E001") for problem in env.problems]


@register()
def named_endpoint_has_a_name_of_its_own(**_: Any) -> list[CheckMessage]:
    name = env.text("PARLEY_OPENAI_NAME").lower()
    if not env.text("PARLEY_OPENAI_BASE_URL") or name not in RESERVED_NAMES:
        return []
    mend = f"Set PARLEY_OPENAI_NAME to a name of its own, such as lab: {name} is a provider's."
    return [Error(mend, id="parley.E002")]
