"""What the fault tests share: their limits, the long forms, and a way to say what was measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.moments import IS_LONG
from tests.faults.table import MEASURED

# A worker takes seconds to start (LiteLLM), a lease 7 s to run out.
_SECONDS = 600 if IS_LONG else 180

# `measured("live again within 10 s", "1.3 s")`: a promise, and what was seen of it.
Measured = Callable[[str, str], None]


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Measured:
    return lambda promise, value: record_property(MEASURED, f"{promise}\t{value}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)
            item.add_marker(pytest.mark.timeout(_SECONDS), append=False)
