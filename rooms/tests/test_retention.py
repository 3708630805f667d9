"""The log is kept for a time, messages for ever."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from rooms.actions import retention
from rooms.models import Event, Message, Receipt
from rooms.tests.people import Workshop

pytestmark = pytest.mark.django_db(transaction=True)
NOTHING = "Deleted 0 events, 0 receipts of commands and 0 sessions."


def age(days: float) -> None:
    """Everything in the log happened so many days ago."""
    then = timezone.now() - timedelta(days=days)
    Event.objects.update(at=then)
    Receipt.objects.update(created_at=then)


def pruned() -> str:
    output = StringIO()
    call_command("prune", stdout=output)
    return output.getvalue().strip()


def test_what_is_old_goes_and_messages_stay(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_LOG_DAYS = 30
    workshop.bob.say(workshop.id, "old")
    old, receipts = Event.objects.count(), Receipt.objects.count()
    age(days=30.1)
    workshop.bob.say(workshop.id, "new")
    assert pruned() == f"Deleted {old} events, {receipts} receipts of commands and 0 sessions."
    assert [event.data["message"]["text"] for event in Event.objects.all()] == ["new"]
    assert [message.text for message in Message.objects.order_by("seq")] == ["old", "new"]
    assert pruned() == NOTHING


def test_what_is_young_stays(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_LOG_DAYS = 30
    workshop.bob.say(workshop.id, "hello")
    age(days=29.9)
    before = Event.objects.count()
    assert pruned() == NOTHING
    assert Event.objects.count() == before


def test_a_pruned_log_is_told_by_a_snapshot(workshop: Workshop, settings: Settings) -> None:
    workshop.bob.say(workshop.id, "one")
    age(days=settings.ROOMS_LOG_DAYS + 1)
    workshop.bob.say(workshop.id, "two")
    pruned()
    assert workshop.bob.get(f"/api/rooms/{workshop.id}/events/", after=1).code == "replay_too_far"
    snapshot = workshop.bob.snapshot(workshop.id)
    assert [message["text"] for message in snapshot["messages"]] == ["one", "two"]


def test_sessions_that_ran_out_go(workshop: Workshop) -> None:
    out, before = Session.objects.order_by("pk").first(), Session.objects.count()
    assert out is not None
    Session.objects.filter(pk=out.pk).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert pruned() == "Deleted 0 events, 0 receipts of commands and 1 sessions."
    assert Session.objects.count() == before - 1


def test_a_log_that_is_pruned_whole_is_told_by_a_snapshot(workshop: Workshop, settings: Settings) -> None:
    """As of a room where nothing happened for longer than the log is kept."""
    workshop.bob.say(workshop.id, "one")
    head_seq = workshop.bob.snapshot(workshop.id)["head_seq"]
    age(days=settings.ROOMS_LOG_DAYS + 1)
    pruned()
    assert not Event.objects.exists()
    for after in range(head_seq):
        assert workshop.bob.get(f"/api/rooms/{workshop.id}/events/", after=after).code == "replay_too_far"
    assert workshop.bob.events(workshop.id, after=head_seq) == []


def test_a_step_is_bounded_and_all_of_it_is_done(workshop: Workshop, settings: Settings) -> None:
    for number in range(7):
        workshop.bob.say(workshop.id, str(number))
    events, receipts = Event.objects.count(), Receipt.objects.count()
    age(days=settings.ROOMS_LOG_DAYS + 1)
    steps = []
    while some := retention.prune_some(most=3):
        steps.append(some)
    assert max(step.events for step in steps) == max(step.receipts for step in steps) == 3
    assert sum(steps, retention.Pruned()) == retention.Pruned(events, receipts)
    assert not Event.objects.exists()
    assert not Receipt.objects.exists()
