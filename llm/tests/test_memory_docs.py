"""docs/memory.md names the cases that there are."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def test_every_numbered_case_has_its_test_and_no_other() -> None:
    page = (ROOT / "docs" / "memory.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z])(\d\d)(?:\W[a-z](\d\d))?: .*\| `(.+?)` \|$", page, re.MULTILINE)
    assert len(rows) == 7
    for letter, first, last, path in rows:
        named = {f"{number:02}" for number in range(int(first), int(last or first) + 1)}
        found = re.findall(rf"def test_{letter}(\d\d)_", (ROOT / path).read_text(encoding="utf-8"))
        assert set(found) == named, f"{path} has other cases than docs/memory.md says"
