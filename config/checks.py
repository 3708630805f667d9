"""System checks: what is wrong with the settings, and its mend."""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import Any

from django.core import checks

from config import env
from llm.gateway.defaults import RESERVED_NAMES


@checks.register()
def settings_are_readable(**_: Any) -> list[checks.CheckMessage]:
    return [checks.Error(problem.mend, id="parley.E001") for problem in env.problems]


@checks.register()
def settings_are_known(**_: Any) -> list[checks.CheckMessage]:
    """A misspelt variable would otherwise do nothing, silently."""
    unknown = [name for name in os.environ if name.startswith("PARLEY_") and name not in env.known]
    return [checks.Warning(_unknown(name), id="parley.W001") for name in sorted(unknown)]


def _unknown(name: str) -> str:
    likely = get_close_matches(name, env.known, n=1)
    mend = f"Did you mean {likely[0]}?" if likely else "Unset it: docs/operations.md lists them all."
    return f"{name} is no setting of Parley. {mend}"


@checks.register()
def named_endpoint_has_a_name_of_its_own(**_: Any) -> list[checks.CheckMessage]:
    name = os.environ.get("PARLEY_OPENAI_NAME", "").strip().lower()
    if not os.environ.get("PARLEY_OPENAI_BASE_URL", "").strip() or name not in RESERVED_NAMES:
        return []
    mend = f"Set PARLEY_OPENAI_NAME to a name of its own, such as lab: {name} is a provider's."
    return [checks.Error(mend, id="parley.E002")]
