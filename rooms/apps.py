from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        from rooms import core_commands, poll_commands

        core_commands.register()
        poll_commands.register()
        post_migrate.connect(_ensure_search, sender=self)


def _ensure_search(using: str, **_: Any) -> None:
    """A later migration may have made SQLite's table of messages anew, without its triggers."""
    from rooms.search import index

    index.ensure(connections[using])
