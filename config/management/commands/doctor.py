"""`manage.py doctor`: looks at every service and says what would mend it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config.doctor import examine

_MARKS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


class Command(BaseCommand):
    help = (
        "Looks at settings, data, database, Redis, workers and models; exit code 1 where one needs mending."
    )
    requires_system_checks: list[str] = []  # it shows them itself

    def handle(self, *args: Any, **options: Any) -> None:
        findings = list(examine())
        for finding in findings:
            self.stdout.write(f"{_MARKS[finding.verdict]}  {finding.subject}: {finding.sentence}")
        if any(finding.verdict == "problem" for finding in findings):
            raise SystemExit(1)
