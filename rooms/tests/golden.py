"""Golden scenarios: what a client knew, what it was told, what is true afterwards.

A test does something inside `with golden(workshop):`. What the room's members were sent
meanwhile is kept with a snapshot before and after it as JSON beside the front end's
reducer, which replays it (frontend/src/sync/golden.test.ts), so that the two sides can't
disagree silently. How to add one is told in docs/testing.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from rooms import commands
from rooms.database import in_database
from rooms.protocol.commands import CommandFrame
from rooms.tests.people import Json, Person, Workshop
from rooms.viewers import Viewer

DIRECTORY = Path(settings.BASE_DIR) / "frontend" / "src" / "sync" / "golden"
COMMAND = "scripts/test -m golden --write-golden"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_SOME_TIME = "2026-01-05T12:00:00.000Z"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="Write the golden scenarios anew.")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.golden)


class Scenario:
    """Records from its entry to its exit; `async with` where the test is a coroutine."""

    def __init__(self, golden: Golden, workshop: Workshop, viewer: Person | None) -> None:
        self._golden = golden
        self._room_id = workshop.id
        self._viewer = viewer or workshop.alice

    def __enter__(self) -> None:
        self._before = self._viewer.snapshot(self._room_id)
        self._golden.broadcasts.clear()
        self._golden.commands.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._keep()

    async def __aenter__(self) -> None:
        await in_database(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await in_database(self.__exit__, kind, error, trace)

    def _keep(self) -> None:
        events = [event for event in self._golden.broadcasts if event["room"] == self._room_id]
        told = [event for event in events if event["seq"] is not None]
        assert told == self._viewer.events(self._room_id, self._before["head_seq"]), (
            "what was broadcast is not what a replay answers"
        )
        self._golden.keep(
            commands=self._golden.commands,
            before=self._before,
            events=events,
            after=self._viewer.snapshot(self._room_id),
        )


class Golden:
    """The fixture: `with golden(workshop):`, by the eyes of Alice or of `viewer`."""

    def __init__(self, node: pytest.Item, broadcasts: list[Json], is_writing: bool) -> None:
        self.broadcasts = broadcasts
        self.commands: list[str] = []
        self._name = node.name.removeprefix("test_")
        self._test = node.nodeid
        self._is_writing = is_writing
        self.is_kept = False

    def __call__(self, workshop: Workshop, *, viewer: Person | None = None) -> Scenario:
        return Scenario(self, workshop, viewer)

    def keep(self, **recorded: Any) -> None:
        assert not self.is_kept, "one scenario a test: its name is the file's"
        self.is_kept = True
        path = DIRECTORY / f"{self._name}.json"
        text = f"{_render({'test': self._test, **normalised(recorded)})}\n"
        if self._is_writing:
            DIRECTORY.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        kept = path.read_text(encoding="utf-8") if path.is_file() else ""
        assert kept.splitlines() == text.splitlines(), (
            f"{path.name} has drifted: run `{COMMAND}`, and look at what it changed."
        )


@pytest.fixture
def golden(
    request: pytest.FixtureRequest, broadcasts: list[Json], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Golden]:
    recorder = Golden(request.node, broadcasts, request.config.getoption("--write-golden"))
    execute: Callable[[Viewer, UUID, CommandFrame], Json] = commands.execute

    def noting(viewer: Viewer, room_id: UUID, frame: CommandFrame) -> Json:
        result = execute(viewer, room_id, frame)
        recorder.commands.append(frame.type)
        return result

    monkeypatch.setattr(commands, "execute", noting)
    yield recorder
    assert recorder.is_kept, "nothing was recorded"


def normalised(recorded: Json) -> Json:
    """`recorded` with a readable name for every id and invite, and one time for all."""
    names: dict[str, str] = {}
    _name_shapes(recorded, names)
    result: Json = _replace(recorded, "", names)
    return result


def _name_shapes(value: Any, names: dict[str, str]) -> None:
    """Things are called by what they are, in the order in which they first appear."""
    if isinstance(value, list):
        for item in value:
            _name_shapes(item, names)
    if not isinstance(value, dict):
        return
    if "id" in value:
        if "invite" in value:
            _give(names, value["id"], "room")
        elif "joined_at" in value:
            _give(names, value["id"], value["name"].lower())
        else:
            kind = (
                "turn"
                if "trigger_message_id" in value
                else "budget"
                if "limit_usd" in value
                else "run"
                if "max_turns" in value
                else "message"
            )
            _give(names, value["id"], kind)
    for item in value.values():
        _name_shapes(item, names)


def _give(names: dict[str, str], id_: str, wanted: str) -> str:
    if id_ not in names:
        taken = set(names.values())
        numbered = (f"{wanted}-{number}" for number in range(1, len(taken) + 2))
        is_unique = (
            wanted not in {"message", "turn", "budget", "run", "command", "invite"} and wanted not in taken
        )
        names[id_] = wanted if is_unique else next(name for name in numbered if name not in taken)
    return names[id_]


def _replace(value: Any, key: str, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _replace(item, name, names) for name, item in value.items()}
    if isinstance(value, list):
        return [_replace(item, key, names) for item in value]
    if isinstance(value, str):
        if key == "invite" or _UUID.fullmatch(value):
            return _give(names, value, key.removesuffix("_id"))
        if _TIME.fullmatch(value):
            return _SOME_TIME
    return value


def _render(value: Any, depth: int = 0) -> str:
    """JSON with a line a shape, so that a change is read as the lines that it is."""
    indent = " " * (depth + 1)
    if isinstance(value, dict) and value and depth < 2:
        lines = [f"{indent}{json.dumps(key)}: {_render(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{' ' * depth}}}"
    if isinstance(value, list) and value and 0 < depth < 3 and isinstance(value[0], dict):
        lines = [f"{indent}{_render(item, depth + 2)}" for item in value]
        return "[\n" + ",\n".join(lines) + f"\n{' ' * depth}]"
    return json.dumps(value, ensure_ascii=False)
