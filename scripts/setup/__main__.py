"""What the scripts beside this package call, with any Python from 3.11 on and nothing else
installed: `python scripts/setup run|test|faults|check|lock …`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import environment
import frontend
from say import ROOT, give_up
from stamps import exclusively


def run(arguments: list[str]) -> None:
    """Sets up, then becomes `manage.py up`, so that signals reach it."""
    parser = argparse.ArgumentParser(prog="scripts/run", description="Starts Parley until Ctrl+C.")
    parser.add_argument("--port", default="8000", help="the port of the web server (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    parser.add_argument("--data", metavar="DIR", help="where everything is kept (.data)")
    parser.add_argument("--reload", action="store_true", help="restart when Python files change")
    options = parser.parse_args(arguments)
    if not options.port.isdecimal() or int(options.port) > 65535:
        give_up(f"--port {options.port} is no port: give a number up to 65535, for example --port 8001.")
    if options.data:
        # In the environment, since the settings are read before a command's options are.
        os.environ["PARLEY_DATA_DIR"] = str(Path(options.data).expanduser().resolve())
    with exclusively():
        environment.prepare()
        frontend.build()
    command = [str(environment.PYTHON), "manage.py", "up", "--host", options.host, "--port", options.port]
    if options.reload:
        command.append("--reload")
    os.chdir(ROOT)
    os.execv(command[0], command)


def test(arguments: list[str]) -> None:
    import testing

    testing.main(arguments)


def faults(arguments: list[str]) -> None:
    import faulting

    faulting.main(arguments)


def check(arguments: list[str]) -> None:
    import checking

    checking.main(arguments)


def lock(arguments: list[str]) -> None:
    import locking

    locking.main(arguments)


SCRIPTS = {"run": run, "test": test, "faults": faults, "check": check, "lock": lock}

if __name__ == "__main__":
    try:
        SCRIPTS[sys.argv[1]](sys.argv[2:])
    except KeyboardInterrupt:
        sys.exit(130)
