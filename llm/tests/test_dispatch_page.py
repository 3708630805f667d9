"""docs/dispatch.md promises what tests hold: each name and each numbered message exists."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from llm.tests.utterances import CASES

BASE = Path(settings.BASE_DIR)
PAGE = (BASE / "docs" / "dispatch.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists() -> None:
    tests = "".join(
        path.read_text(encoding="utf-8")
        for app in ("llm", "rooms")
        for path in (BASE / app / "tests").glob("test_*.py")
    )
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 25
    assert {name for name in named if f"def {name}(" not in tests} == set()


def test_every_message_is_the_one_of_its_number() -> None:
    shown = re.findall(r"^   - (\d+) `(.+)`$", PAGE, re.MULTILINE)
    assert len(shown) > 15
    assert {int(number): text for number, text in shown} == {
        case.number: case.text for case in CASES if str(case.number) in dict(shown)
    }


def test_the_cases_are_numbered_in_a_row() -> None:
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", PAGE, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
