"""`manage.py usage`: what was used and what it cost, by room, persona, model, person, kind or day."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from llm.usage_report import GROUPINGS, entries_between, groups_of, in_words, total_of


class Command(BaseCommand):
    help = "Add up what models used and cost. Unpriced calls are counted apart: they are not free."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="since", type=date.fromisoformat, help="The first day (of UTC).")
        parser.add_argument("--to", dest="until", type=date.fromisoformat, help="The last day.")
        parser.add_argument("--by", choices=GROUPINGS, default="room", help="How to group.")
        parser.add_argument("--room", help="Only the room of this id.")

    def handle(self, *args: Any, **options: Any) -> None:
        entries = entries_between(options["since"], options["until"])
        if options["room"]:
            entries = entries.filter(room=options["room"])
        for group in groups_of(entries, options["by"]):
            self.stdout.write(f"{group.name or group.key or '(none)'}: {in_words(group.total)}")
        self.stdout.write(f"Together: {in_words(total_of(entries))}")
