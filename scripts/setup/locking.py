"""`scripts/lock`: the .in files become pinned requirement files with hashes."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from say import ROOT, give_up, progress

# In this order: dev.in is constrained by requirements.txt.
_FILES = (
    ("requirements/base.in", "requirements.txt"),
    ("requirements/dev.in", "requirements/dev.txt"),
    ("requirements/node.in", "requirements/node.txt"),
)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="scripts/lock", description="Compiles the requirement files.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if one is out of date")
    parser.add_argument("--upgrade", action="store_true", help="take the newest that the .in files allow")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="parley-lock-") as scratch:
        # Compiled in a copy, so that a failure or `--check` leaves the files as they are.
        copy = Path(scratch, "copy")
        shutil.copytree(ROOT / "requirements", copy / "requirements")
        shutil.copy(ROOT / "requirements.txt", copy)
        uv = _uv(Path(scratch, "venv"))
        for source, target in _FILES:
            _compile(uv, copy, source, target, options.upgrade)
        targets = [target for _, target in _FILES]
        changed = [name for name in targets if (copy / name).read_text() != (ROOT / name).read_text()]
        if options.check and changed:
            give_up(f"Out of date with the .in files: {', '.join(changed)}; run scripts/lock and commit.")
        for target in changed:
            shutil.copy(copy / target, ROOT / target)
    progress(f"Compiled anew: {', '.join(changed)}." if changed else "All requirement files are up to date.")


def _uv(venv: Path) -> Path:
    progress("Installing uv into a scratch environment…")
    pip = [venv / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    for command in ([sys.executable, "-m", "venv", venv], [*pip, "install", "uv"]):
        if subprocess.run(command).returncode:
            give_up("uv could not be installed: connect this machine to the network and run this again.")
    return venv / "bin" / "uv"


def _compile(uv: Path, directory: Path, source: str, target: str, is_upgrading: bool) -> None:
    command = [uv, "pip", "compile", "-q", "--universal", "--python-version", "3.11", "--generate-hashes"]
    # The address of an index says something about the machine, nothing about the package.
    command += ["--no-emit-index-url", "--custom-compile-command", "scripts/lock"]
    command += ["--upgrade"] if is_upgrading else []
    if subprocess.run([*command, source, "-o", target], cwd=directory).returncode:
        give_up(f"{source} could not be compiled: mend what uv says above and run this again.")
