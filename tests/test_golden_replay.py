"""The golden scenarios replayed by the tests' own client (tests/stack/state.py), on whose
folding the tests with real processes rely."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rooms.tests.golden import DIRECTORY
from tests.stack.state import Json, RoomState


@pytest.mark.parametrize("path", sorted(DIRECTORY.glob("*.json")), ids=lambda path: path.stem)
@pytest.mark.parametrize("times", [1, 2])
def test_the_client_comes_to_what_the_server_has(path: Path, times: int) -> None:
    scenario: Json = json.loads(path.read_text(encoding="utf-8"))
    wanted, client = RoomState(), RoomState()
    wanted.replace(scenario["after"])
    client.replace(scenario["before"])
    for event in scenario["events"] * times:
        client.apply(event)
    assert client.comparable() == wanted.comparable()
    assert not client.gapped
    assert not client.is_behind
