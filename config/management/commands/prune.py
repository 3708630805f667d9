"""`manage.py prune`: deletes what is kept for a time only, now. Safe at any moment, also twice.
Every process does the same in the background."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from rooms.actions.retention import prune_all


class Command(BaseCommand):
    help = "Deletes events and receipts older than PARLEY_LOG_DAYS, and sessions that ran out."

    def handle(self, *args: Any, **options: Any) -> None:
        pruned = prune_all()
        self.stdout.write(
            f"Deleted {pruned.events} events, {pruned.receipts} receipts of commands"
            f" and {pruned.sessions} sessions."
        )
