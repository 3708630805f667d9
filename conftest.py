"""What every test gets: Redis by asking for it. The network is closed by the options of
pytest-socket in pyproject.toml (loopback and Unix sockets stay open)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis

from config.valkey import EmbeddedValkey

pytest_plugins = ["rooms.tests.fixtures", "rooms.tests.golden", "tests.faults.table"]

# How long an example takes says more of what else the machine does.
hypothesis.register_profile("untimed", deadline=None)
hypothesis.load_profile("untimed")

_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


@pytest.fixture(scope="session")
def redis_server() -> Iterator[EmbeddedValkey]:
    """A real Valkey at settings.REDIS_URL. Without it, Redis is away."""
    from django.conf import settings

    valkey = EmbeddedValkey(Path(settings.DATA_DIR) / "valkey", lambda name, line: None)
    valkey.start()
    yield valkey
    valkey.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what asks a database: the others say the same on every one."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or _DATABASE & fixtures:
            item.add_marker(pytest.mark.database)
