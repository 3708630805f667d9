"""docs/orchestration.md names tests that are there, and its seventh mode can be played."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings

from llm.orchestration.conditions import KINDS
from llm.orchestration.registry import BY_NAME
from llm.orchestration.values import History, Speech
from llm.tests.mode_runs import End, history, outcome, play, setup

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/orchestration.md").read_text(encoding="utf-8")


def test_the_page_names_tests_modes_and_conditions_that_are_there() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "llm/tests").glob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", PAGE)
    assert [name for name in named if f"def {name}(" not in tests] == []
    assert all(f"| `{name}` |" in PAGE for name in BY_NAME)
    assert all(f"`{kind}`" in PAGE for kind in KINDS)


def test_the_seventh_mode_of_the_page_can_be_played() -> None:
    """6"""
    found = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    written: dict[str, Any] = {}
    exec(found[1], written)  # the page's own code
    mode = written["MODE"]

    def script(known: History, speech: Speech) -> End:
        return End(text=f"{speech.part} {speech.round}")

    played = play(mode, history(setup()), script)
    assert played.spoke() == ["Ada", "Cy", "Bo", "Cy"]
    assert [point.text for point in outcome(mode, played).questions] == ["critique 1", "critique 2"]
    assert len(mode.expected(setup())) == 4
    assert mode.brief(played.history, played.history.taken[0]) == "Cy will doubt what you say."
