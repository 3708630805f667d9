"""`manage.py restored`: to be run once after the database was put back from a copy."""

from __future__ import annotations

from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError

from rooms import livetext
from rooms.actions.installation import renew_epoch


class Command(BaseCommand):
    help = "Says that the database was restored from a copy, so that every browser loads its rooms anew."

    def handle(self, *args: Any, **options: Any) -> None:
        renew_epoch()
        try:
            livetext.forget_all()
        except redis.RedisError:
            raise CommandError(
                "Redis does not answer: empty it, or start it and run this again. A reply that is"
                " asked for once more could else stay unseen until its end."
            ) from None
        self.stdout.write("Browsers now forget what they hold and load their rooms anew.")
