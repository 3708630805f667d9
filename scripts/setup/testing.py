"""`scripts/test`: the set-up of `scripts/run`, then all tests that need nothing else."""

from __future__ import annotations

import argparse
import os
import subprocess

import environment
import frontend
from say import ROOT, progress
from stamps import exclusively

# What needs Chromium, PostgreSQL or minutes: .ci/run has all of it.
_ELSEWHERE = "not browser and not postgres and not faults"


def main(arguments: list[str]) -> None:
    """Ends with exit code 1 if anything failed; runs both halves in any case."""
    parser = argparse.ArgumentParser(
        prog="scripts/test",
        description="Runs pytest (without the tests that need a browser, PostgreSQL or minutes) and Vitest."
        " Whatever is not one of these options goes to pytest instead, and Vitest is left out.",
    )
    parser.add_argument("--backend", action="store_true", help="only pytest")
    parser.add_argument("--frontend", action="store_true", help="only Vitest")
    options, for_pytest = parser.parse_known_args(arguments)
    with exclusively():
        environment.prepare(with_tests=True)
        # Built as well: the pages that the back end serves name the built files.
        frontend.build()
    failed = []
    if not options.frontend:
        command = [environment.PYTHON, "-m", "pytest", *(for_pytest or ["-q", "-n", "2", "-m", _ELSEWHERE])]
        if subprocess.run(command, cwd=ROOT).returncode:
            failed.append("pytest")
    if not options.backend and not for_pytest:
        # CI=1 keeps Vitest from watching.
        os.environ["CI"] = "1"
        if frontend.node().run("run", "test").returncode:
            failed.append("Vitest")
    if failed:
        progress(f"Failed: {' and '.join(failed)} (see above).")
        raise SystemExit(1)
    progress("All tests passed.")
