"""docs/tools.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from llm.tools.registry import TOOLS

ROOT = Path(settings.BASE_DIR)


def test_every_case_has_its_test_and_every_tool_its_row() -> None:
    page = (ROOT / "docs/tools.md").read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "llm/tests").glob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", page)
    assert named
    assert [name for name in named if f"def {name}(" not in tests] == []
    numbers = [int(number) for number in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    rows = dict(re.findall(r"^\| `(\w+)` \| .+ \| (.+) \|$", page, re.MULTILINE))
    assert list(rows) == [tool.name for tool in TOOLS]
    for tool in TOOLS:
        form = tool.text_form
        assert rows[tool.name].startswith(f"`[[{form.keyword}" if form else "no")
