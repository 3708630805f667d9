"""A conversation of three people and five personas, played from its script.

What is asserted is who spoke and who did not, what each of them was given, and what it cost;
see llm/tests/conversation/.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from llm.models import ModelCard, UsageEntry
from llm.runner import Runner
from llm.tests.conversation.interpreter import Conversation
from llm.tests.conversation.model import Model, Paid, stand_in
from llm.tests.conversation.script import Beat, read_script
from personas.models import Persona
from rooms.database import in_database
from rooms.models import Message
from rooms.tests.people import Person, Workshop
from rooms.tests.tasks import database_work_is_done, end_tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

SCRIPT = Path(__file__).parent / "conversation" / "script.txt"
# Ada's and Dara's model has a small window, so that early messages do not fit; Dara has another
# to fall back on, whose price differs.
CAST = {"Ada": "lab/owl", "Bo": "lab/crane", "Cleo": "lab/crane", "Dara": "lab/owl", "Emil": "lab/wren"}
SMALL_WINDOW = 12_000


@pytest.fixture
def beats() -> list[Beat]:
    return read_script(SCRIPT)


@pytest.fixture
def street(alice: Person, bob: Person, carol: Person) -> Workshop:
    """Alice's room with Bob, Dave and five personas; Carol is a stranger."""
    for name, window in (("lab/owl", SMALL_WINDOW), ("lab/crane", 200_000), ("lab/wren", None)):
        known = {"label": name, "provider": "lab", "has_tools": name != "lab/wren", "seen_at": timezone.now()}
        ModelCard.objects.create(name=name, context_tokens=window, **known)
    cast = [
        Persona.objects.create(
            slug=name.lower(),
            name=name,
            prompt=f"You are {name}.",
            model=model,
            fallbacks=["lab/wren"] if name == "Dara" else [],
        )
        for name, model in CAST.items()
    ]
    made = alice.create_room("Street", persona_ids=[str(persona.pk) for persona in cast])
    room_id = str(made.body["room_id"])
    invite = alice.snapshot(room_id)["room"]["invite"]
    assert bob.join(invite).status == 200
    return Workshop(room_id, invite, alice, bob, carol)


@pytest.fixture
def dave(street: Workshop) -> Person:
    dave = Person.guest("Dave")
    assert dave.join(street.invite).status == 200
    return dave


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    return stand_in(monkeypatch)


@pytest.fixture
async def runner(settings: Settings, model: Model) -> AsyncIterator[Runner]:
    settings.LLM_TICK_SECONDS = settings.LLM_PROGRESS_SECONDS = 0.005
    settings.LLM_SUMMARY_MODEL = "lab/wren"
    started = Runner()
    yield started
    await end_tasks(*started.tasks)
    await started.close()
    await database_work_is_done()


@pytest.mark.timeout(240)  # half a minute on a quiet machine
async def test_three_hundred_messages(
    street: Workshop, dave: Person, runner: Runner, model: Model, beats: list[Beat]
) -> None:
    people = {"Alice": street.alice, "Bob": street.bob, "Dave": dave, "Carol": street.carol}
    conversation = Conversation(street, people, runner, model)
    await conversation.play(beats)

    # Who spoke: the room's messages are the script's, in its order, and no others.
    assert await in_database(lambda: spoken(street)) == conversation.said
    assert len(conversation.said) >= 300
    assert conversation.outcomes["said"] > 90
    assert {"pass", "fail", "instead", "stopped", "hands", "asked", "recalls"} <= set(conversation.outcomes)
    assert {"asks", "votes", "reads", "waits", "given"} <= set(conversation.outcomes)
    assert {"muted", "turn_limit", "depth_limit", "superseded", "room_budget"} <= set(conversation.outcomes)

    # What they were given: every call was looked at, and each persona was asked.
    assert conversation.calls_checked == len(model.paid) + conversation.outcomes["instead"] + refused(beats)
    assert set(Counter(name for name, *_ in model.paid)) == set(CAST)

    # What it cost: entry by entry, by persona, and in all.
    entries = await in_database(lambda: spent(street))
    assert sorted(entries, key=repr) == sorted(model.paid, key=repr)
    by_persona = {name: total(entry for entry in entries if entry[0] == name) for name in CAST}
    assert all(cost > 0 for cost in by_persona.values())
    assert total(entries) == sum(by_persona.values())
    # Folding costs too, and is nobody's turn.
    assert len(model.summaries) > 1
    assert await in_database(lambda: folding_cost(street)) == sum(model.summaries)


def refused(beats: list[Beat]) -> int:
    """Calls that failed before anything was used."""
    turns = [turn for beat in beats for turn in beat.turns]
    return sum(turn.how == "fail" and turn.detail != "empty" for turn in turns)


def spoken(street: Workshop) -> list[tuple[str, str]]:
    messages = Message.objects.filter(room=street.uuid, kind=Message.Kind.CHAT).order_by("seq")
    return list(messages.values_list("participant__name", "text"))


def spent(street: Workshop) -> list[Paid]:
    entries = UsageEntry.objects.filter(turn__room=street.uuid).order_by("pk")
    fields = ("turn__participant__name", "model", "input_tokens", "output_tokens", "cost_usd")
    return [(name, model, i, o, cost) for name, model, i, o, cost in entries.values_list(*fields)]


def folding_cost(street: Workshop) -> Decimal:
    entries = UsageEntry.objects.filter(room=street.uuid, kind=UsageEntry.Kind.SUMMARY)
    return sum((entry.cost_usd or Decimal(0) for entry in entries), Decimal(0))


def total(entries: Iterable[Paid]) -> Decimal:
    return sum((entry[4] for entry in entries if entry[4] is not None), Decimal(0))


def test_the_script_is_what_it_says(beats: list[Beat]) -> None:
    assert {beat.name for beat in beats} == {"Alice", "Bob", "Dave", "Carol", "Worker"}
    assert {turn.name for beat in beats for turn in beat.turns} == set(CAST)
