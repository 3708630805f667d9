"""`manage.py prune`: deletes what is kept for a time only. Safe at any moment, also twice."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from rooms.actions.retention import prune_log


class Command(BaseCommand):
    help = "Deletes events and receipts older than PARLEY_LOG_DAYS, and sessions that ran out."

    def handle(self, *args: Any, **options: Any) -> None:
        pruned = prune_log()
        call_command("clearsessions")
        self.stdout.write(f"Deleted {pruned.events} events and {pruned.receipts} receipts of commands.")
