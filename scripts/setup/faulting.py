"""`scripts/faults`: the set-up of `scripts/test`, then every fault, as long as it is promised for."""

from __future__ import annotations

import argparse
import os
import subprocess

import environment
import frontend
from say import ROOT
from stamps import exclusively


def main(arguments: list[str]) -> None:
    """Ends with pytest's exit code."""
    parser = argparse.ArgumentParser(
        prog="scripts/faults",
        description="Kills, starves and cuts real processes, and prints what was measured beside what is"
        " promised. On SQLite, or with DATABASE_URL on PostgreSQL. Whatever is not one of these options"
        " goes to pytest.",
    )
    parser.add_argument("--short", action="store_true", help="the short forms, as in .ci/run")
    options, for_pytest = parser.parse_known_args(arguments)
    with exclusively():
        environment.prepare(with_tests=True)
        frontend.build()
    if not options.short:
        os.environ["FAULTS_LONG"] = "1"
    command = [environment.PYTHON, "-m", "pytest", "-q", "-m", "faults", "tests", *for_pytest]
    raise SystemExit(subprocess.run(command, cwd=ROOT).returncode)
