"""`manage.py up`: runs the whole of Parley until Ctrl+C (see config/supervisor.py)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.preflight import UpError
from config.preparing import prepare
from config.supervisor import Options, Supervisor
from config.valkey import ValkeyError


class Command(BaseCommand):
    help = "Starts Valkey (unless REDIS_URL is set), the web server and a worker, until Ctrl+C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--reload", action="store_true", help="restart when Python files change")

    def handle(self, *args: Any, **options: Any) -> None:
        supervisor = Supervisor(
            Options(
                host=options["host"],
                port=options["port"],
                data_dir=settings.DATA_DIR,
                is_reloading=options["reload"],
            ),
            prepare=prepare,
        )
        try:
            supervisor.run()
        except (UpError, ValkeyError) as error:
            raise CommandError(str(error)) from None
