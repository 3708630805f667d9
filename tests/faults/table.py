"""The table of what fault tests measured, at the end of a run.

A plugin of the whole test run (conftest.py at the top): where tests are spread over processes, the
one that reports collects none, and loads no conftest of a folder.
"""

from __future__ import annotations

import os

import pytest

from tests.faults.moments import IS_LONG

# Of `record_property`: "promise<tab>value".
MEASURED = "measured"


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
    pairs = [str(value).split("\t") for name, value in report.user_properties if name == MEASURED]
    pairs = pairs or [["see tests/faults/README.md", "kept" if report.passed else "not kept"]]
    return [f"| {fault} | {promise} | {mark}{value} |" for promise, value in pairs]
