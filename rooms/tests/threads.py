"""Work at the same moment, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Result = TypeVar("Result")


def in_threads(work: Sequence[Callable[[], Result]]) -> list[Result]:
    """What each came to, in the order of `work`. For tests with committed rows (transaction=True)."""

    def done(one: Callable[[], Result]) -> Result:
        try:
            return one()
        finally:
            connections.close_all()

    # A web process has not many more for its database.
    with ThreadPoolExecutor(min(len(work), 10)) as pool:
        return list(pool.map(done, work))
