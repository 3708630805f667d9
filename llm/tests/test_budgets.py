"""Money: reserved before a call, settled after it, told at 80 %, refused at 100 %."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from llm import alerts, budgets, spending, turns
from llm.budgets import Account, Granted, Price, TokenAccount, afford
from llm.guard import Refusal
from llm.models import Turn, UsageEntry
from llm.tests.helpers import called, dispatched, running, seat, speaking
from rooms.models import Participant
from rooms.tests.people import Workshop

PRICED = Price(Decimal(2), Decimal(10))
money = st.decimals(0, 5, places=4)


@pytest.fixture(autouse=True)
def priced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's voices cost something here."""
    monkeypatch.setattr(spending, "price_of", lambda model: PRICED)
    monkeypatch.setattr(spending, "prices_of", lambda models: dict.fromkeys(models, PRICED))


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose budgets do not begin anew at midnight, in the middle of a test."""
    began = timezone.now()
    for module in (spending, alerts):
        monkeypatch.setattr(module, "timezone", SimpleNamespace(now=lambda: began))


@given(money, money, money, st.integers(0, 100_000), st.integers(1, 5_000))
def test_no_call_is_granted_more_than_is_left(
    limit: Decimal, spent: Decimal, aside: Decimal, read: int, written: int
) -> None:
    account = Account("room_day", limit, spent, aside)
    answer = afford([account], TokenAccount(None), PRICED, input_tokens=read, output_tokens=written)
    if isinstance(answer, Granted):
        assert spent + aside + answer.usd <= limit
        assert min(budgets.LEAST_OUTPUT, written) <= answer.output_tokens <= written
    else:
        assert answer.code == "room_budget"
        assert "00:00 UTC" in answer.message


@pytest.mark.django_db
def test_ten_turns_at_once_do_not_all_slip_under_the_limit(studio: Workshop) -> None:
    for number in range(10):
        studio.alice.command(studio.id, "persona.add", name=f"Voice {number}")
    studio.alice.command(studio.id, "room.set_limits", day_usd=0.1)
    studio.bob.say(studio.id, " ".join(f"@Voice {number}," for number in range(10)))
    asked = [turn for turn in dispatched(studio) if turn.state == "queued"]
    assert len(asked) == 10
    answers = []
    for turn in asked:
        claimed = turns.claim(turn.pk, seat(studio, "Bob").pk)
        assert claimed is not None
        answers.append(spending.reserve(claimed, input_tokens=5_000, output_tokens=1_000, model="m"))
    granted = [answer for answer in answers if isinstance(answer, Granted)]
    assert 0 < len(granted) < 10
    assert sum(answer.usd for answer in granted) <= Decimal("0.1")
    assert {a.code for a in answers if isinstance(a, Refusal)} == {"room_budget"}


@pytest.mark.django_db
def test_a_room_is_warned_once_at_80_percent_and_refused_at_100(studio: Workshop) -> None:
    studio.alice.command(studio.id, "room.set_limits", day_usd=1)
    first = running(studio)
    turns.record_usage(first, UsageEntry(model="m", cost_usd=Decimal("0.8")))
    turns.record_usage(first, UsageEntry(model="m", cost_usd=Decimal("0.01")), number=3)
    told = {alert["scope"]: alert["level"] for alert in studio.bob.snapshot(studio.id)["budgets"]}
    assert told == {"room_day": "warned", "chain": "warned"}
    warnings = [e for e in studio.bob.events(studio.id) if e["type"] == "budget.changed"]
    assert len(warnings) == 2, "once each"
    turns.record_usage(first, UsageEntry(model="m", cost_usd=Decimal("0.3")), number=2)
    studio.bob.say(studio.id, "@Bo and you?")
    refused = dispatched(studio)[-1]
    assert (refused.state, refused.error_code) == ("blocked", "room_budget")
    assert "1.00 USD" in refused.error_message


@pytest.mark.django_db
def test_a_stopped_turn_counts_what_it_had_read_and_written(studio: Workshop) -> None:
    turn = speaking(studio, "Three words here")
    granted = spending.reserve(turn, input_tokens=1_000, output_tokens=500, model="m")
    assert isinstance(granted, Granted)
    assert turns.stop(turn.pk, turns.WORKER_LOST)
    [entry] = UsageEntry.objects.filter(turn=turn)
    assert (entry.input_tokens, entry.cost_usd) == (None, None), "not told, not 0"
    assert entry.counted_tokens >= 1_000
    assert entry.counted_usd > 0
    turns.record_usage(turn, UsageEntry(model="m", input_tokens=9, output_tokens=3, cost_usd=Decimal("0.1")))
    [entry] = UsageEntry.objects.filter(turn=turn)
    assert (entry.input_tokens, entry.counted_usd) == (9, Decimal("0.1")), "what is known later replaces it"


@pytest.mark.django_db
def test_a_grant_wakes_the_refused_once_and_twice_pressed_is_one(
    studio: Workshop, settings: Settings
) -> None:
    settings.LLM_CHAIN_TURNS = 1
    studio.bob.say(studio.id, "@Ada @Bo")
    refused = dispatched(studio)[-1]
    assert refused.error_code == "turn_limit"
    assert studio.carol.command(studio.id, "chain.grant", turn_id=str(refused.pk)).status == 404
    Participant.objects.filter(room=studio.uuid, name="Bob").update(role="viewer")
    assert studio.bob.command(studio.id, "chain.grant", turn_id=str(refused.pk)).code == "not_allowed"
    granted = studio.alice.command(studio.id, "chain.grant", turn_id=str(refused.pk))
    assert len(granted.body["turn_ids"]) == 1
    assert studio.alice.command(studio.id, "chain.grant", turn_id=str(refused.pk)).body == {"turn_ids": []}
    again = Turn.objects.get(pk=granted.body["turn_ids"][0])
    assert (again.chain_id, again.state, again.repeat) == (refused.chain_id, "queued", 1)


@pytest.mark.django_db
def test_a_new_message_supersedes_hand_overs_and_no_call_of_a_person(studio: Workshop) -> None:
    turn = speaking(studio, "@Bo should know.")
    assert turns.settle(turn, "done", turns.Text("@Bo should know.", 0))
    dispatched(studio)
    called(studio, "@Ada one")
    called(studio, "@Ada two")
    states = {(t.cause, t.state, t.error_code) for t in dispatched(studio)}
    assert ("handover", "blocked", "superseded") in states
    assert sum(t.cause == "mention" and t.state == "queued" for t in dispatched(studio)) == 2


@pytest.mark.django_db
def test_every_member_reads_the_totals_and_a_stranger_does_not(studio: Workshop) -> None:
    turn = running(studio)
    turns.record_usage(
        turn,
        UsageEntry(model="m", input_tokens=9, output_tokens=3, cached_tokens=4, cost_usd=Decimal("0.1")),
    )
    turns.record_usage(turn, UsageEntry(model="n", input_tokens=1, output_tokens=1), number=2)
    answer = studio.bob.get(f"/api/rooms/{studio.id}/usage/", by="persona,model,person")
    total = answer.body["total"]
    assert (total["calls"], total["cached_tokens"]) == (2, 4)
    names = {(group["by"], group["name"]) for group in answer.body["groups"]}
    assert names == {("persona", "Ada"), ("model", "m"), ("model", "n"), ("person", "Bob")}
    assert studio.carol.get(f"/api/rooms/{studio.id}/usage/").status == 404
    for bad in ({"by": "moon"}, {"from": "yesterday"}):
        assert studio.bob.get(f"/api/rooms/{studio.id}/usage/", **bad).code == "invalid"
    told = StringIO()
    call_command("usage", by="model", stdout=told)
    assert "Together: 2 calls, 10 tokens read (4 cached)" in told.getvalue()


@pytest.mark.django_db
def test_owners_and_moderators_set_limits(studio: Workshop) -> None:
    assert studio.bob.command(studio.id, "room.set_limits", day_usd=1).code == "not_allowed"
    assert studio.carol.command(studio.id, "room.set_limits", day_usd=1).status == 404
    assert studio.alice.command(studio.id, "room.set_limits", day_usd=1, chain_turns=3).status == 200
    assert studio.alice.command(studio.id, "room.set_limits", day_usd=0).status == 200
    limits = studio.bob.snapshot(studio.id)["room"]["limits"]
    assert (limits["day_usd"], limits["chain_turns"]) == (None, 3)
    assert studio.alice.command(studio.id, "room.set_limits", day_usd=-1).code == "invalid"
