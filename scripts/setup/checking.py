"""`scripts/check`: every static check, as CI runs it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import environment
import frontend
from say import ROOT, progress
from stamps import exclusively


@dataclass(frozen=True)
class Check:
    """One command, and what mends what it finds."""

    name: str
    command: tuple[str, ...]
    mend: str
    is_frontend: bool = False


def _python(*arguments: str) -> tuple[str, ...]:
    return (str(environment.PYTHON), *arguments)


# The longest first, so that two cores end together.
CHECKS = (
    Check("mypy", _python("-m", "mypy"), "give the types that it asks for"),
    Check("svelte-check", ("run", "check"), "mend the types in frontend/src", is_frontend=True),
    Check(
        "eslint and prettier",
        ("run", "lint"),
        "run `npm run format` and `npx eslint --fix .` in frontend/",
        is_frontend=True,
    ),
    Check("django check", _python("manage.py", "check", "--fail-level", "WARNING"), "see each hint"),
    Check(
        "migrations",
        _python("manage.py", "makemigrations", "--check", "--dry-run"),
        "run .venv/bin/python manage.py makemigrations",
    ),
    Check(
        "protocol",
        _python("manage.py", "export_protocol", "--check"),
        "run .venv/bin/python manage.py export_protocol and commit what it writes",
    ),
    Check("layers", (str(environment.VENV / "bin" / "lint-imports"), "--no-logo"), "see pyproject.toml"),
    Check("ruff", _python("-m", "ruff", "check"), "run .venv/bin/ruff check --fix"),
    Check("ruff format", _python("-m", "ruff", "format", "--check"), "run .venv/bin/ruff format"),
    Check("sizes", ("run", "sizes"), "load what is large lazily", is_frontend=True),
    Check("files", (sys.executable, "scripts/check_files.py"), "see each line"),
)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="scripts/check", description="Runs every static check.")
    parser.add_argument("names", nargs="*", help=f"only these: {', '.join(check.name for check in CHECKS)}")
    names = parser.parse_args(arguments).names
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        parser.error(f"no such check: {', '.join(sorted(unknown))}")
    chosen = [check for check in CHECKS if not names or check.name in names]
    with exclusively():
        environment.prepare(with_tests=True)
        # Built, since Django's check says so where the built files are missing.
        frontend.build()
    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=max(2, (os.cpu_count() or 2))) as pool:
        results = list(pool.map(_run, chosen))
    failed = [check for check, is_passed in zip(chosen, results, strict=True) if not is_passed]
    seconds = time.monotonic() - began
    progress(f"{len(chosen) - len(failed)} checks passed, {len(failed)} failed, in {seconds:.0f} s.")
    for check in failed:
        progress(f"  {check.name}: {check.mend}.")
    raise SystemExit(bool(failed))


def _run(check: Check) -> bool:
    began = time.monotonic()
    if check.is_frontend:
        done = frontend.node().run("run", *check.command[1:], "--silent", quiet=True)
    else:
        done = subprocess.run(
            check.command,
            cwd=ROOT,
            env=os.environ | {"PARLEY_DATA_DIR": str(_scratch())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    is_passed = done.returncode == 0
    # One print a check: those of two threads would mix.
    lines = [f"{'passed' if is_passed else 'FAILED'}  {check.name} ({time.monotonic() - began:.1f} s)"]
    if not is_passed:
        lines += [f"    {line}" for line in done.stdout.rstrip().splitlines()[-80:]]
    progress("\n".join(lines))
    return is_passed


def _scratch() -> Path:
    """A data directory for Django's commands, so that a check never touches the real one."""
    directory = environment.VENV / "check-data"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory
