from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from llm import queue
from personas.models import Persona
from rooms.tests.people import Person, Workshop


class _Inline:
    """An executor that does it now, so that no thread outlives its test."""

    class _work_queue:  # noqa: N801 (the executor's own name)
        @staticmethod
        def qsize() -> int:
            return 0

    def submit(self, function: Callable[..., Any], *args: Any) -> None:
        function(*args)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The turns that were sent to the workers, in order; nothing is sent really."""
    turns: list[UUID] = []
    inline = _Inline()
    monkeypatch.setattr(queue, "_sender", lambda: inline)
    monkeypatch.setattr(queue, "_send", turns.append)
    return turns


@pytest.fixture
def studio(alice: Person, bob: Person, carol: Person, ada: Persona, bo: Persona) -> Workshop:
    """Alice's room with Bob and the personas Ada and Bo; Carol is a stranger."""
    room_id = str(alice.create_room("Studio", persona_ids=[str(ada.pk), str(bo.pk)]).body["room_id"])
    invite = alice.snapshot(room_id)["room"]["invite"]
    assert bob.join(invite).status == 200
    return Workshop(room_id, invite, alice, bob, carol)
