"""`manage.py run`, while somebody else plays the workers."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from llm.models import Turn
from llm.runs.driver import advance
from llm.tests.run_helpers import newest_run, seat_more
from llm.tests.test_runs_demo import take
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def workers(studio: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the command waits, the run's turns are taken."""

    def work(seconds: float) -> None:
        run = newest_run(studio)
        for turn in Turn.objects.filter(run=run, state="queued").order_by("run_number"):
            take(turn)
        advance(run.pk)

    monkeypatch.setattr("llm.management.commands.run.time.sleep", work)


@pytest.fixture(autouse=True)
def admin(db: None) -> None:
    get_user_model().objects.create_superuser("admin", password="admin")


def told(**options: Any) -> str:
    out = io.StringIO()
    call_command("run", stdout=out, room="Studio", goal="Which day?", **options)
    return out.getvalue()


@pytest.mark.usefixtures("workers")
def test_a_run_on_the_terminal(studio: Workshop) -> None:
    """170"""
    seat_more(studio, "Cy")
    text = told(mode="consensus", choices=["Monday", "Friday"])
    assert text.startswith(
        "Consensus: about 6 turns, for nothing.\nNo votes here yet. These voices are scripted"
    )
    assert "[answers 1, turn 3 of 12 at most: Ada, Bo, Cy]" in text
    assert "admin: Which day?" in text
    assert "\nConsensus ended: " in text
    assert "\n### Decision\n" in text
    assert "\n### Votes" in text


def test_what_can_not_be_run_is_told(studio: Workshop) -> None:
    """171"""
    with pytest.raises(CommandError, match="No persona here is called Zoe"):
        told(mode="relay", cast=["Zoe"])
    with pytest.raises(CommandError, match="takes 2 to"):
        told(mode="relay", cast=["Ada"])
    with pytest.raises(CommandError, match="Still at it"):
        told(mode="relay", seconds=0)
