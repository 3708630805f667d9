"""Stamps: a step is done again only when what goes into it has changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from say import ROOT, progress


def digest(files: Iterable[Path]) -> str:
    """A hash of the files' names and contents."""
    whole = hashlib.sha256()
    for file in sorted(files):
        whole.update(f"{file.relative_to(ROOT)}\0".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def once(stamp: Path, inputs: str, do: Callable[[], None]) -> None:
    """Calls `do` unless `stamp` says that it was done with the same inputs. A step that
    fails leaves no stamp, so that the next start tries again."""
    try:
        if json.loads(stamp.read_text())["inputs"] == inputs:
            return
    except (OSError, ValueError, KeyError):
        pass
    stamp.unlink(missing_ok=True)
    do()
    stamp.write_text(json.dumps({"inputs": inputs}) + "\n")


@contextmanager
def exclusively() -> Iterator[None]:
    """Holds off a second script that sets up the same clone at the same time. The lock is
    on the directory itself, so that it leaves no file and ends with its process."""
    directory = os.open(Path(__file__).parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("Another script is setting up this clone; waiting for it…")
            fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)
