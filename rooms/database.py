"""Database work of coroutines: on a bounded pool of threads of our own.

Channels' `database_sync_to_async` uses one shared thread, on which one slow query
delays every socket of the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections

# What is raised where the database is away, or locked by somebody else for too long.
AWAY = (OperationalError, InterfaceError)
# Seconds between tries of what has to be written, together longer than an outage may be.
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="database")


async def in_database(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """`function(...)` on a database thread. The connection goes back to the pool after it."""

    def work() -> T:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_pool(), work)
