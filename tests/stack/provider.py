"""The scripted provider as a process of the stack, and what a test says to it."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import asdict
from typing import Any

from tests.stack.scripted_steps import Step


class Provider:
    """Controls the provider at `url`, which is the process `pid`, over HTTP: short calls on loopback, fit
    for async tests too."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self.pid = pid

    def script(self, *steps: Step) -> None:
        """Expects these calls; each is taken by the first call that matches."""
        self._ask("/script", {"steps": [asdict(step) for step in steps]})

    def calls(self) -> list[dict[str, Any]]:
        """The calls so far; see `scripted_provider.Call`."""
        return list(self._ask("/calls"))

    def verdict(self) -> dict[str, int]:
        """How many calls no step expected, and how many steps no call took: both should be 0."""
        return dict(self._ask("/verdict"))

    def hurry(self) -> None:
        """Until `reset`, what is still to come of any answer comes at once."""
        self._ask("/hurry", {})

    def reset(self) -> None:
        self._ask("/reset", {})

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # POST where there is a body
            f"{self.url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=5) as answer:
            return json.load(answer)
