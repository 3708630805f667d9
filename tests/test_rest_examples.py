"""The examples of docs/rest.md do what the page says, in its order."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

from config.processes import BASE_DIR
from tests.stack.stack import Stack

pytestmark = pytest.mark.stack

_EXAMPLE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_page_run(demo_stack: Stack) -> None:
    if shutil.which("curl") is None:
        pytest.fail("curl is missing: apt-get install curl.")
    page = (BASE_DIR / "docs" / "rest.md").read_text(encoding="utf-8")
    make, whoami, create, find, post, read = _EXAMPLE.findall(page)
    known = {**demo_stack.environment, "PARLEY": demo_stack.base_url}

    def run(example: str) -> str:
        command = example.replace(".venv/bin/python", sys.executable)
        done = subprocess.run(
            ["bash", "-c", command], cwd=BASE_DIR, env=known, capture_output=True, text=True, timeout=50
        )
        assert done.returncode == 0, (example, done.stdout, done.stderr)
        return done.stdout.strip()

    def answer(example: str) -> Any:
        return json.loads(run(example))

    known["TOKEN"] = run(make)
    session = answer(whoami)
    assert (session["kind"], session["name"]) == ("user", "admin")
    known["ROOM"] = answer(create)["room_id"]
    assert known["ROOM"] in [room["id"] for room in answer(find)["results"]]
    said = answer(post)
    assert answer(post) == said, "the same key once more"
    posted = [event for event in answer(read)["events"] if event["type"] == "message.posted"]
    assert [event["data"]["message"] for event in posted] == [said]
