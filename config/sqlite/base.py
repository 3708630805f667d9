"""Django's SQLite backend with a queue before the one writer that a file can have.

SQLite itself has none: who finds the file locked looks again after longer and longer pauses,
up to 100 ms, and whoever comes at the right moment is first. With fifty people writing through
two processes some wait for many seconds while others pass by.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from typing import Any

from django.db import OperationalError, transaction
from django.db.backends.sqlite3 import base

from config.sqlite.turns import Turns
from rooms.search.terms import indexed

# Between two looks of a process at the file; the other processes look as often.
_PAUSE_SECONDS = 0.002

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")

_turns: defaultdict[str, Turns] = defaultdict(Turns)


def _writes(sql: str) -> bool:
    """Not where rows come back: a statement with rows left to read can't be committed."""
    return sql.lstrip()[:7].upper().startswith(_WRITES) and " RETURNING " not in sql


# Its stubs leave out what is overridden here.
_Django: Any = base.DatabaseWrapper


class DatabaseWrapper(_Django):
    """As Django's, but a transaction waits for its turn within its process, and only the
    first of the queue asks SQLite. All of it takes no longer than the option `timeout`."""

    _has_turn = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._queue_writes)

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        # Called by the triggers of `rooms.search.index`.
        connection.create_function("parley_terms", 1, indexed, deterministic=True)
        return connection

    def _queue_writes(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """A statement that writes outside of any transaction is one by itself. SQLite would have it wait
        in its own way, without a turn, and a thread with it: twenty replies that kept their text so left
        no thread of a worker to go on with others."""
        if self.in_atomic_block or not _writes(sql):
            return execute(sql, params, many, context)
        with transaction.atomic(using=self.alias):
            return execute(sql, params, many, context)

    def _start_transaction_under_autocommit(self) -> None:
        patience: float = self.settings_dict["OPTIONS"]["timeout"]
        until = time.monotonic() + patience
        if not self._queue.take(patience):
            raise OperationalError("database is locked (others of this process were before)")
        self._has_turn = True
        try:
            self._begin(until, patience)
        except BaseException:
            self._give_turn()
            raise

    def _begin(self, until: float, patience: float) -> None:
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    super()._start_transaction_under_autocommit()
                    return
                except OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() >= until:
                        raise
                time.sleep(_PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 (no secret)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {round(1_000 * patience)}")

    def _commit(self) -> Any:
        result = super()._commit()
        self._give_turn()
        return result

    def _rollback(self) -> Any:
        try:
            return super()._rollback()
        finally:
            self._give_turn()

    def _close(self) -> Any:
        try:
            return super()._close()
        finally:
            self._give_turn()

    @property
    def _queue(self) -> Turns:
        return _turns[str(self.settings_dict["NAME"])]

    def _give_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._queue.give()
