"""docs/context.md names tests that exist, and shows what is really sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

from django.conf import settings

PAGE: Path = settings.BASE_DIR / "docs" / "context.md"
TESTS = Path(__file__).parent
GOLDEN = TESTS / "golden_requests" / "openai-shared-first.json"


def example() -> str:
    messages = json.loads(GOLDEN.read_text(encoding="utf-8"))["messages"]
    text = "\n---\n".join(message["content"].strip() for message in messages)
    return f"<!-- example -->\n~~~text\n{text}\n~~~\n<!-- /example -->"


def test_each_case_is_a_test() -> None:
    named = re.findall(r"(\d+)\. `(test_\w+)`", PAGE.read_text(encoding="utf-8"))
    assert [int(number) for number, _ in named] == list(range(1, len(named) + 1))
    written = "".join(path.read_text(encoding="utf-8") for path in TESTS.glob("test_*.py"))
    assert [name for _, name in named if f"def {name}(" not in written] == []


def test_the_example_is_what_is_sent() -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(r"<!-- example -->.*<!-- /example -->", text, re.DOTALL)
    assert found is not None
    assert found[0] == example(), "Write it anew: python -m llm.tests.test_context_docs"


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        re.sub(r"<!-- example -->.*<!-- /example -->", lambda _: example(), page, flags=re.DOTALL),
        encoding="utf-8",
    )
