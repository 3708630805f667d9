"""`manage.py bench`: the door to the benches in bench/ (see its README.md)."""

from __future__ import annotations

import argparse
import ast
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.processes import BASE_DIR


class Command(BaseCommand):
    help = "Runs a bench of the whole stack, in a stack of its own; without a name, lists them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="which one")
        parser.add_argument("options", nargs=argparse.REMAINDER, help="the bench's own; -h tells them")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from bench import BENCHES
        except ImportError:
            raise CommandError(
                "The benches are not in this image: run them from a clone of Parley."
            ) from None
        name = options["name"]
        if name is None:
            for bench in BENCHES:
                self.stdout.write(f"{bench:<12} {_title(bench)}")
        elif name in BENCHES:
            os.chdir(BASE_DIR)
            # In place of this process, so that Django's memory and threads are not beside what is measured.
            os.execv(sys.executable, [sys.executable, "-m", f"bench.{name}", *options["options"]])  # noqa: S606 (a name of the list)
        else:
            raise CommandError(f"There is no bench {name!r}; there are {', '.join(BENCHES)}.")


def _title(bench: str) -> str:
    """The first line of its docstring, without importing what it needs."""
    tree = ast.parse((BASE_DIR / "bench" / f"{bench}.py").read_text())
    return (ast.get_docstring(tree) or "").partition("\n")[0]
