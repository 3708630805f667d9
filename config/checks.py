"""System checks: what is wrong with the settings, and its mend."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from config import env


@register()
def settings_are_readable(**_: Any) -> list[CheckMessage]:
    return [Error(problem.mend, id="parley.E001") for problem in env.problems]
