"""Django's PostgreSQL backend with a pool that is soon well again after the server was away.

psycopg's own pool finds out about dead connections one by one, each when somebody wants it,
and that somebody waits longer after each: with ten of them a server that was restarted in a
second refuses for half a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg_pool import ConnectionPool


class Pool(ConnectionPool[Connection[Any]]):
    """One dead connection is taken as a sign: all that are idle are looked at, and the dead
    ones replaced, before the next is given out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(check=self._check_it, **options)

    def _check_it(self, connection: Connection[Any]) -> None:
        try:
            self.check_connection(connection)
        except Exception:
            self.check()
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's, which makes its pool at the first use, but with ours."""

    # Django's own; its stubs do not know them.
    _connection_pools: dict[str, Pool]
    _configure_connection: Callable[[Connection[Any]], None]

    @property
    def pool(self) -> Pool | None:
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            pool = Pool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                configure=self._configure_connection,
                open=False,
                **options,
            )
            # Of several threads that come here together one wins; no pool was opened yet.
            self._connection_pools.setdefault(self.alias, pool)
        return self._connection_pools[self.alias]
