"""`scripts/faults`: the set-up of `scripts/test`, then every fault, as long as it is promised for."""

from __future__ import annotations

import argparse
import os
import subprocess

import environment
import frontend
from say import ROOT
from stamps import exclusively

# They mostly wait: for a lease to run out, a process to start, a service to be back.
SIDE_BY_SIDE = ("-n", "3", "--dist", "loadfile")


def main(arguments: list[str]) -> None:
    """Ends with pytest's exit code: of what runs side by side, then of what has to run alone."""
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
    pytest = [environment.PYTHON, "-m", "pytest", "-q", "tests"]
    codes = [
        subprocess.run([*pytest, "-m", marks, *beside, *for_pytest], cwd=ROOT).returncode
        for marks, beside in (("faults and not alone", SIDE_BY_SIDE), ("faults and alone", ()))
    ]
    # 5: of what was asked for on the command line, nothing was in this half.
    failed = [code for code in codes if code not in (0, 5)]
    raise SystemExit(failed[0] if failed else min(codes))
