"""What the fault tests share: their limits, the long forms, and the table of what was measured."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.moments import IS_LONG

# A worker takes seconds to start (LiteLLM), a lease 7 s to run out.
_SECONDS = 600 if IS_LONG else 180
_MEASURED = "measured"

# `measured("live again within 10 s", "1.3 s")`: a promise, and what was seen of it.
Measured = Callable[[str, str], None]


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Measured:
    return lambda promise, value: record_property(_MEASURED, f"{promise}\t{value}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.timeout(_SECONDS), append=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A row a test and promise, as docs/faults.md has them."""
    rows = []
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            if report.when == "call" and "tests/faults/" in report.nodeid:
                rows += _rows_of(report, "" if outcome == "passed" else "FAILED ")
    if not rows:
        return
    terminalreporter.section("Faults" if IS_LONG else "Faults (short forms)")
    terminalreporter.line("| fault | promise | measured |")
    terminalreporter.line("| --- | --- | --- |")
    for row in rows:
        terminalreporter.line(row)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    terminalreporter.line(f"{os.cpu_count()} cores, load {load}")


def _rows_of(report: pytest.TestReport, mark: str) -> list[str]:
    fault = report.nodeid.partition("::")[2].removeprefix("test_").replace("_", " ")
    pairs = [str(value).split("\t") for name, value in report.user_properties if name == _MEASURED]
    pairs = pairs or [["see tests/faults/README.md", "kept" if report.passed else "not kept"]]
    return [f"| {fault} | {promise} | {mark}{value} |" for promise, value in pairs]
