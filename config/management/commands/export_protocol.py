"""`manage.py export_protocol`: what is generated from one definition: the protocol's shapes,
the views, the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import BaseModel

from config import env
from config.openapi import OpenApiError, checked_yaml
from llm.failure_table import failure_table
from llm.memory.protocol import RoomMemoryShape
from llm.protocol import GivenShape, ModelList, UsageReport, WakesShape
from llm.runs.advice_protocol import RunAdvice
from llm.runs.protocol import ModeList, MyTurnShape, OutcomeDocument, RunEstimate, RunPage
from rooms import extensions
from rooms.api import shapes as answers
from rooms.protocol import events, export, polls, shapes

TYPESCRIPT = Path("frontend/src/protocol/generated.ts")
EVENT_DOC = Path("docs/event-protocol.md")
SETTINGS_DOC = Path("docs/operations.md")
FAILURES_DOC = Path("docs/failures.md")
OPENAPI = Path("docs/openapi.yaml")
END = "<!-- /generated -->"


class Command(BaseCommand):
    help = "Writes the TypeScript protocol, the documentation's generated tables and the OpenAPI document."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail where a file has drifted."
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        try:
            files = _files()
        except OpenApiError as error:
            raise CommandError(str(error)) from None
        for path, text in files.items():
            target = settings.BASE_DIR / path
            if target.is_file() and target.read_text(encoding="utf-8") == text:
                continue
            if check:
                raise CommandError(
                    f"{path} has drifted from what it is written from: run `manage.py export_protocol`."
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            self.stdout.write(f"Wrote {path}.")


def _files() -> dict[Path, str]:
    all_events, all_commands = extensions.all_events(), extensions.all_commands()
    core: list[type[BaseModel]] = [
        shapes.RoomShape,
        shapes.ParticipantShape,
        shapes.MessageShape,
        shapes.YouShape,
        shapes.PersonaSetup,
        polls.PollDetails,
        events.Envelope,
        answers.Session,
        answers.PersonaList,
        answers.PresetList,
        ModelList,
        UsageReport,
        GivenShape,
        WakesShape,
        answers.RoomPage,
        answers.Invite,
        answers.RoomMade,
        answers.EventPage,
        answers.SearchPage,
        RoomMemoryShape,
        ModeList,
        MyTurnShape,
        OutcomeDocument,
        RunAdvice,
        RunEstimate,
        RunPage,
        extensions.message_page_shape(),
    ]
    typescript = export.typescript(core, all_events, all_commands, extensions.snapshot_shape())
    table = export.event_table(all_events, all_commands).strip()
    return {
        TYPESCRIPT: typescript,
        EVENT_DOC: _with_table(EVENT_DOC, "events", table),
        SETTINGS_DOC: _with_table(SETTINGS_DOC, "settings", _settings_table()),
        FAILURES_DOC: _with_table(FAILURES_DOC, "failures", failure_table()),
        OPENAPI: checked_yaml(),
    }


def _with_table(path: Path, name: str, table: str) -> str:
    """The document, with `table` between its marks."""
    document = (settings.BASE_DIR / path).read_text(encoding="utf-8")
    begin = f"<!-- generated: {name} -->"
    before, rest = document.split(begin, 1)
    _, after = rest.split(END, 1)
    return f"{before}{begin}\n\n{table}\n\n{END}{after}"


def _settings_table() -> str:
    rows = [
        f"| `{known.variable}` | {known.about} | {known.default} |"
        for known in sorted(env.known.values(), key=lambda known: known.variable)
    ]
    return "\n".join(["| Variable | What it sets | Default |", "| --- | --- | --- |", *rows])
