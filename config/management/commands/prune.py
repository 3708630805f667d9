"""`manage.py prune`: deletes what is kept for a time only, now. Safe at any moment, also twice.
Every process does the same in the background."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from llm import given
from rooms.actions.retention import BATCH, prune_all


class Command(BaseCommand):
    help = (
        "Deletes events and receipts older than PARLEY_LOG_DAYS, what personas were given that is older than"
        " PARLEY_GIVEN_DAYS, and sessions that ran out."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        pruned = prune_all()
        given_pruned = 0
        while some := given.prune(most=BATCH):
            given_pruned += some
        self.stdout.write(
            f"Deleted {pruned.events} events, {pruned.receipts} receipts of commands"
            f" and {pruned.sessions} sessions."
        )
        if given_pruned:
            self.stdout.write(f"Deleted {given_pruned} records of what personas were given.")
