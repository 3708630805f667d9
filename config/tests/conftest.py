from __future__ import annotations

import pytest

from config.valkey import EmbeddedValkey
from rooms import redis_clients


@pytest.fixture
def no_workers(redis_server: EmbeddedValkey) -> None:
    """A Redis where no worker is announced: what one of another test said holds for some seconds."""
    for announced in redis_clients.blocking().scan_iter("parley:worker:*"):
        redis_clients.blocking().delete(announced)
