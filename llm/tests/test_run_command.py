"""`manage.py run`, while somebody else plays the workers."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from llm.models import Run, Turn
from llm.runs.driver import advance
from llm.tests.run_helpers import newest_run, seat_more
from llm.tests.test_runs_demo import take
from personas.actions import seed_personas, seed_presets
from personas.models import RoomPreset
from rooms.models import Room
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


@pytest.fixture
def preset_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for the one run that there is; the voices are the demo's."""

    def work(seconds: float) -> None:
        run = Run.objects.get()
        for turn in Turn.objects.filter(run=run, state="queued").order_by("run_number"):
            take(turn, lens=turn.participant.lens)
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


@pytest.mark.usefixtures("preset_workers")
def test_a_run_of_a_preset_on_the_terminal() -> None:
    """172"""
    seed_personas()
    seed_presets()
    out = io.StringIO()
    call_command("run", stdout=out, preset="debate", goal="Tea or coffee?")
    made, price, *_ = out.getvalue().split("\n")
    room = Room.objects.get(name="Debate")
    assert made == f"Made Debate: /rooms/{room.pk}/ on this server."
    assert price == "Debate: about 6 turns, for nothing."
    assert "\nDebate ended: " in out.getvalue()
    assert list(room.participants.filter(role="owner").values_list("name", flat=True)) == ["admin"]
    run = Run.objects.get(room=room)
    assert (run.mode, run.rounds, run.goal) == ("debate", 1, "Tea or coffee?")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"preset": "no-such"}, "There is no preset no-such; there are: "),
        ({"preset": "gone"}, "can't be started: There is no mode “seance”"),
        ({"preset": "plain"}, "has no run: say with --mode"),
        ({"room": "Studio"}, "Say with --mode"),
    ],
    ids=["unknown", "mode-gone", "without", "room-without-mode"],
)
def test_a_preset_that_can_not_be_run_makes_no_room(
    studio: Workshop, options: dict[str, str], sentence: str
) -> None:
    """173"""
    RoomPreset.objects.create(slug="gone", name="Gone", room_name="Gone", run={"mode": "seance"})
    RoomPreset.objects.create(slug="plain", name="Plain", room_name="Plain")
    with pytest.raises(CommandError, match=sentence):
        call_command("run", goal="Which day?", **options)
    assert Room.objects.count() == 1


def test_what_can_not_be_run_is_told(studio: Workshop) -> None:
    """171"""
    with pytest.raises(CommandError, match="No persona here is called Zoe"):
        told(mode="relay", cast=["Zoe"])
    with pytest.raises(CommandError, match="takes 2 to"):
        told(mode="relay", cast=["Ada"])
    with pytest.raises(CommandError, match="Still at it"):
        told(mode="relay", seconds=0)
