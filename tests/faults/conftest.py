from __future__ import annotations

from pathlib import Path

import pytest

# A worker takes seconds to start (LiteLLM), a lease 7 s to run out.
_SECONDS = 180


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.timeout(_SECONDS), append=False)
