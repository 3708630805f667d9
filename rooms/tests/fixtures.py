"""Fixtures of all tests (a plugin of the root conftest): Alice, Bob, Carol and their room, and
a process in which nothing works on a test's database behind its back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

import pytest

from personas.models import Persona
from rooms import broadcast, limits, livetext
from rooms.actions.installation import ensure_installation
from rooms.signals import events_committed
from rooms.tests.people import Json, Person, Workshop


@pytest.fixture(autouse=True)
def _quiet_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits wake nobody: a background thread would outlive its test and meet the next
    one's database. Broadcasts go to Redis only for tests that asked for one, and that another
    test found Redis away counts for nothing."""
    monkeypatch.setattr(events_committed, "receivers", [])
    for pausing in (limits, livetext):
        monkeypatch.setattr(pausing, "_away_until", 0.0)
    if "redis_server" not in request.fixturenames:
        monkeypatch.setattr(broadcast, "send", lambda room_id, frames, gone=None: None)


@pytest.fixture
def broadcasts(monkeypatch: pytest.MonkeyPatch) -> list[Json]:
    """Every broadcast envelope of the test, in order, instead of sending them."""
    seen: list[Json] = []

    def record(room_id: UUID, frames: list[str], gone: Mapping[str, int] | None = None) -> None:
        for frame in frames:
            envelope = json.loads(frame)
            assert envelope["room"] == str(room_id)
            seen.append(envelope)

    monkeypatch.setattr(broadcast, "send", record)
    return seen


@pytest.fixture
def installed(db: None) -> None:
    """The row that a first start makes."""
    ensure_installation()


@pytest.fixture
def alice(installed: None) -> Person:
    return Person.guest("Alice")


@pytest.fixture
def bob(installed: None) -> Person:
    return Person.guest("Bob")


@pytest.fixture
def carol(installed: None) -> Person:
    return Person.guest("Carol")


@pytest.fixture
def workshop(alice: Person, bob: Person, carol: Person, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    with monkeypatch.context() as making:
        # Told late, by the background loop, it would come between what the test itself does.
        making.setattr(broadcast, "send", lambda room_id, frames, gone=None: None)
        room_id = str(alice.create_room("Workshop").body["room_id"])
        invite = alice.snapshot(room_id)["room"]["invite"]
        assert bob.join(invite).status == 200
    return Workshop(room_id, invite, alice, bob, carol)


@pytest.fixture
def ada(installed: None) -> Persona:
    """A catalogue entry that nobody seats unless the test does."""
    return Persona.objects.create(
        slug="engineer", name="Ada", title="Engineer", prompt="You are an engineer.", aliases=["Engineer"]
    )


@pytest.fixture
def bo(installed: None) -> Persona:
    return Persona.objects.create(slug="sceptic", name="Bo", title="Sceptic", prompt="You doubt.")
