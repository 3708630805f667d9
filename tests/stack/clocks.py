"""Runs a module as a program whose clock is wrong.

    python -m tests.stack.clocks -60 celery -A config worker …

Wall clocks as Python code reads them, `time.time` and Django's `timezone.now`, are shifted
by so many seconds. The database's clock is not, nor is the monotonic one.
"""

from __future__ import annotations

import runpy
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone


@dataclass(frozen=True)
class WrongClock:
    """How many seconds a process's clock is ahead."""

    seconds: float

    def command(self, command: Sequence[str]) -> list[str]:
        """`python -m module …` as a program with this clock."""
        python, option, *rest = command
        assert option == "-m"
        return [python, "-m", "tests.stack.clocks", str(self.seconds), *rest]


def shift(seconds: float) -> None:
    now, wall_clock = timezone.now, time.time

    def shifted_now() -> datetime:
        return now() + timedelta(seconds=seconds)

    def shifted_time() -> float:
        return wall_clock() + seconds

    timezone.now, time.time = shifted_now, shifted_time


def main() -> None:
    seconds, module, *arguments = sys.argv[1:]
    shift(float(seconds))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
