"""What benches share: options, percentiles, tables, and what processes cost."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Result = dict[str, Any]

CORES = 2
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


def parser(description: str | None, *, rounds: int, seconds: float) -> argparse.ArgumentParser:
    """The options that every bench has."""
    options = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    options.add_argument("--rounds", type=int, default=rounds, help="the best of them is reported first")
    options.add_argument("--seconds", type=float, default=seconds, help="about how long one round measures")
    options.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there as well")
    return options


def carry_out(
    options: argparse.ArgumentParser,
    run: Callable[[argparse.Namespace], Coroutine[Any, Any, Result] | Result],
    report: Callable[[Result], None],
) -> None:
    """A bench from its command line to its report, on two cores."""
    arguments = options.parse_args()
    keep_to_cores()
    outcome = run(arguments)
    result = asyncio.run(outcome) if isinstance(outcome, Coroutine) else outcome
    report(result)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


def keep_to_cores() -> None:
    """Confine this process and all that it starts to two cores, where there are more."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def percentile(ordered: Sequence[float], share: float) -> float:
    """Nearest rank; `ordered` is sorted. NaN for nothing."""
    if not ordered:
        return float("nan")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summary(values: Iterable[float]) -> dict[str, float]:
    """Percentiles of `values`, in their unit."""
    ordered = sorted(values)
    shares = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {"count": len(ordered), **{name: percentile(ordered, share) for name, share in shares.items()}}


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Columns aligned; numbers with a digit after the point."""
    cells = [list(head)] + [[f"{c:.1f}" if isinstance(c, float) else str(c) for c in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = []
    for row in cells:
        lines.append(
            "  ".join(
                [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]
            )
        )
    lines.insert(1, "  ".join("-" * w for w in widths))
    return "\n".join(lines)


def verdict(name: str, value: float, most: float, unit: str = "ms") -> str:
    return f"{name}: {value:.1f} {unit}, target {most:g} {unit}: {'met' if value <= most else 'MISSED'}"


# --- Processes -----------------------------------------------------------------------------


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, with its reaped children. 0 if it is gone."""
    try:
        # The second field is the program's name in brackets, which may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / _TICKS


def memory_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB
    except FileNotFoundError:
        return 0.0


def machine_busy_seconds() -> float:
    """CPU time that anything on the machine has used since it started."""
    fields = [int(f) for f in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) / _TICKS


class Load:
    """How many cores anything on this machine keeps busy, this bench included, since it was made."""

    def __init__(self) -> None:
        self._busy, self._began = machine_busy_seconds(), time.monotonic()

    def cores(self) -> float:
        return (machine_busy_seconds() - self._busy) / (time.monotonic() - self._began)


@dataclass
class Meter:
    """CPU of named processes between `start` and `stop`, and what all others took meanwhile."""

    pids: dict[str, int]
    cpu: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        self._before = {name: cpu_seconds(pid) for name, pid in self.pids.items()}
        self._busy = machine_busy_seconds()

    def stop(self) -> None:
        busy = machine_busy_seconds() - self._busy
        self.cpu = {name: cpu_seconds(pid) - self._before[name] for name, pid in self.pids.items()}
        self.memory = {name: memory_mb(pid) for name, pid in self.pids.items()}
        self.cpu["(others)"] = max(0.0, busy - sum(self.cpu.values()))
