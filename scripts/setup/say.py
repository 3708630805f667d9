"""What the scripts tell people: calm sentences on one side, one mend on the other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent.parent


def progress(sentence: str) -> None:
    print(sentence, flush=True)


def give_up(sentence: str) -> NoReturn:
    """Ends the script with one sentence that names the mend."""
    print(sentence, file=sys.stderr, flush=True)
    raise SystemExit(1)
