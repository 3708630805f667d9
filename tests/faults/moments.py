"""What the fault tests wait for, and for how long."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest

from tests.stack.stopping import StopPoint
from tests.stack.waiting import until

# Whether faults last as long as promised for; .ci/run has the short forms.
IS_LONG = bool(os.environ.get("FAULTS_LONG"))


def kinds(short: Iterable[Any], long: Iterable[Any]) -> list[Any]:
    """The values of a test's parameter: in the short forms those that the others resemble."""
    return [*short, *long] if IS_LONG else [*short]


# Of what takes both cores for minutes in its long form: beside it, nothing else keeps its promises.
heavy = pytest.mark.alone if IS_LONG else pytest.mark.stack

# What is promised, in seconds: a lost wake starts its turn, a lost turn is told as failed.
SWEPT = 6.0
TOLD = 10.0

# No promise: what a worker may take to start on a busy machine.
START = 60.0


def promised(seconds: float) -> float:
    """The limit of a promise on this machine now: longer where processes wait for a core."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


async def reached(point: StopPoint) -> None:
    """Returns when the process is frozen at the point."""
    await until(point.is_reached, f"{point.when} {point.function}", seconds=60)
