"""Golden scenarios of what a room remembers. See docs/testing.md."""

from __future__ import annotations

import pytest

from rooms.tests.golden import Golden
from rooms.tests.people import Workshop

pytestmark = pytest.mark.django_db(transaction=True)


def test_memory_add_line(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        assert workshop.bob.command(workshop.id, "memory.add_line", text="Alice pays.").status == 200


def test_memory_edit_line(golden: Golden, workshop: Workshop) -> None:
    line = workshop.bob.command(workshop.id, "memory.add_line", text="Alice pays.").body["line_id"]
    with golden(workshop):
        changed = workshop.alice.command(workshop.id, "memory.edit_line", line_id=line, text="Bob pays.")
        assert changed.status == 200


def test_memory_remove_line(golden: Golden, workshop: Workshop) -> None:
    line = workshop.bob.command(workshop.id, "memory.add_line", text="Alice pays.").body["line_id"]
    with golden(workshop):
        assert workshop.bob.command(workshop.id, "memory.remove_line", line_id=line).status == 200
