"""The virtual environment `.venv` and what is installed in it, from the hashed locks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from say import ROOT, give_up, progress
from stamps import digest, once

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUN = (ROOT / "requirements.txt",)
TEST = (ROOT / "requirements.txt", ROOT / "requirements" / "dev.txt")
NODE = (ROOT / "requirements" / "node.txt",)

# What pip says when it cannot reach its index; anything else is shown as it is.
_SIGNS_OF_NO_NETWORK = (
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Name or service not known",
    "NewConnectionError",
    "ConnectTimeoutError",
    "ProxyError",
    "ReadTimeoutError",
    "Network is unreachable",
)


def prepare(*, with_tests: bool = False) -> None:
    """Makes `.venv` where it is missing or broken, and installs the locked packages."""
    _make_venv()
    files = TEST if with_tests else RUN
    what = "Python packages and the test tools" if with_tests else "Python packages"
    # One stamp for each set: what the tests add does not make the next start install again.
    stamp = VENV / (".installed-test" if with_tests else ".installed-run")
    once(stamp, digest(files), lambda: install(files, f"Installing {what} (about a minute, once)…"))


def install(files: tuple[Path, ...], sentence: str) -> None:
    """Installs locked requirement files: wheels only, every hash checked."""
    progress(sentence)
    log = VENV / "install.log"
    command = [PYTHON, "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--no-input", "--retries", "2"]
    for file in files:
        command += ["-r", file]
    with log.open("w") as output:
        failed = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT).returncode
    if not failed:
        return
    said = log.read_text(errors="replace")
    if any(sign in said for sign in _SIGNS_OF_NO_NETWORK):
        give_up(
            "The Python packages could not be downloaded: connect this machine to the network"
            " (or point pip at a mirror with PIP_INDEX_URL) and run this again."
        )
    if "No space left on device" in said:
        give_up("The disk is full: free about 1 GB and run this again.")
    print("\n".join(said.splitlines()[-15:]), file=sys.stderr)
    version = ".".join(map(str, sys.version_info[:2]))
    give_up(
        f"pip could not install the packages (its last words are above, all of them in .venv/install.log):"
        f" delete .venv and run this again; if it stays so, try Python 3.11 to 3.13 (this is {version})."
    )


def _make_venv() -> None:
    if _works():
        return
    progress("Making the Python environment in .venv…")
    if VENV.is_symlink() or VENV.is_file():
        give_up("There is a file named .venv where the Python environment belongs: move it away.")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        if "No module named venv" in made.stderr or "ensurepip" in made.stdout + made.stderr:
            version = ".".join(map(str, sys.version_info[:2]))
            give_up(
                "This Python has no venv module: install it"
                f" (on Debian or Ubuntu: apt install python{version}-venv) and run this again."
            )
        give_up(f"The Python environment could not be made: {made.stderr.strip() or made.stdout.strip()}")


def _works() -> bool:
    if not PYTHON.exists():
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([PYTHON, "-c", probe], capture_output=True).returncode == 0
