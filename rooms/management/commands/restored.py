"""`manage.py restored`: to be run once after the database was put back from a copy."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from rooms.actions.installation import renew_epoch


class Command(BaseCommand):
    help = "Says that the database was restored from a copy, so that every browser loads its rooms anew."

    def handle(self, *args: Any, **options: Any) -> None:
        renew_epoch()
        self.stdout.write("Browsers now forget what they hold and load their rooms anew.")
