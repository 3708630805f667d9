"""Runs a module as a program that freezes at one point, for tests that kill it there.

    python -m tests.stack.stopping DIRECTORY llm.turns:settle before celery -A config worker …

The function is wrapped as its module is imported, so that the product knows nothing of
it. Once DIRECTORY/armed exists, its next call writes DIRECTORY/reached and stops the whole
process (SIGSTOP), before it does anything or after all of it. SIGCONT lets it go on, and
from then on the function is as it was.
"""

from __future__ import annotations

import functools
import importlib.util
import runpy
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

When = Literal["before", "after"]


@dataclass(frozen=True)
class StopPoint:
    """Where a process is to freeze: a function as `module:name`, before or after a call of it."""

    directory: Path
    function: str
    when: When

    def command(self, command: Sequence[str]) -> list[str]:
        """`python -m module …` as a program that freezes here."""
        python, option, *rest = command
        assert option == "-m"
        self.directory.mkdir(parents=True, exist_ok=True)
        here = [str(self.directory), self.function, self.when]
        return [python, "-m", "tests.stack.stopping", *here, *rest]

    def arm(self) -> None:
        self._armed.touch()

    def is_reached(self) -> bool:
        return self._reached.exists()

    def freeze(self) -> None:
        """In the process itself: stop it, if this is the first call since it was armed."""
        try:
            self._armed.unlink()
        except FileNotFoundError:
            return
        self._reached.touch()
        # To this thread: a signal to the process is some thread's to take, and until that one has
        # a core this one would go on.
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)

    @property
    def _armed(self) -> Path:
        return self.directory / "armed"

    @property
    def _reached(self) -> Path:
        return self.directory / "reached"


class _Wrapping(MetaPathFinder):
    """Finds the point's module as Python would, and wraps the function once it is there."""

    def __init__(self, point: StopPoint) -> None:
        self._point = point
        self._module, _, self._name = point.function.partition(":")

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self._module:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        load = spec.loader.exec_module

        def load_and_wrap(module: ModuleType) -> None:
            load(module)
            setattr(module, self._name, _stopping(getattr(module, self._name), self._point))

        spec.loader.exec_module = load_and_wrap  # type: ignore[method-assign]
        return spec


def _stopping(function: Callable[..., Any], point: StopPoint) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if point.when == "before":
            point.freeze()
        result = function(*args, **kwargs)
        if point.when == "after":
            point.freeze()
        return result

    return wrapped


def main() -> None:
    directory, function, when, module, *arguments = sys.argv[1:]
    assert when in ("before", "after")
    sys.meta_path.insert(0, _Wrapping(StopPoint(Path(directory), function, when)))  # type: ignore[arg-type]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
