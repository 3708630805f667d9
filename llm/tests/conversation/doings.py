"""What people do in the conversation besides saying something: the lines with a slash."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Sum

from llm.models import Turn, UsageEntry
from llm.tests.conversation.script import Beat
from llm.tests.helpers import seat
from rooms.models import Event, Poll
from rooms.tests.people import Answer, Person, Workshop


def do(studio: Workshop, person: Person, beat: Beat) -> None:
    """The beat's verb, which must be allowed."""
    if beat.verb == "told":
        _is_told(studio, person, beat.text)
        return
    kind, data = _command(studio, beat)
    answer = person.command(studio.id, kind, **data)
    assert answer.status == 200, answer
    if beat.verb == "grant":
        _is_granted_once(person.command(studio.id, kind, **data), answer)


def _command(studio: Workshop, beat: Beat) -> tuple[str, dict[str, Any]]:
    match beat.verb:
        case "poll" | "ballot":
            question, *options = (part.strip() for part in beat.text.split("|"))
            voting = "must" if beat.verb == "ballot" else "may"
            return "poll.create", {"question": question, "options": options, "persona_voting": voting}
        case "vote":
            return "poll.vote", {"poll_id": str(newest_poll(studio).pk), "choices": [int(beat.text) - 1]}
        case "close":
            return "poll.close", {"poll_id": str(newest_poll(studio).pk)}
        case "limit":
            name, value = beat.text.split()
            return "room.set_limits", {name: int(value)}
        case "budget":
            return "room.set_limits", {"day_usd": _so_that_spent_is(studio, int(beat.text))}
        case "grant":
            refused = Turn.objects.filter(room=studio.uuid, participant__name=beat.text, state="blocked")
            return "chain.grant", {"turn_id": str(refused.latest("created_at").pk)}
    who = {"participant_id": str(seat(studio, beat.text).pk)}
    commands: dict[str, tuple[str, dict[str, Any]]] = {
        "mute": ("persona.mute", {**who, "is_muted": True}),
        "unmute": ("persona.mute", {**who, "is_muted": False}),
        "speak": ("turn.speak", who),
    }
    return commands[beat.verb]


def newest_poll(studio: Workshop) -> Poll:
    return Poll.objects.select_related("message").filter(room=studio.uuid).latest("created_at")


def _so_that_spent_is(studio: Workshop, percent: int) -> float:
    """A day's budget of which so much is spent by now."""
    spent = UsageEntry.objects.filter(room=studio.uuid).aggregate(usd=Sum("counted_usd"))["usd"]
    return float(round(spent * 100 / Decimal(percent), 6))


def _is_told(studio: Workshop, person: Person, what: str) -> None:
    """The room's budget is at that level for this person too, and it was told once."""
    told = [alert["level"] for alert in person.snapshot(studio.id)["budgets"] if alert["scope"] == "room_day"]
    assert told == [what]
    events = Event.objects.filter(room=studio.uuid, type="budget.changed")
    levels = [
        event.data["budget"]["level"] for event in events if event.data["budget"]["scope"] == "room_day"
    ]
    assert levels.count(what) == 1, levels


def _is_granted_once(again: Answer, answer: Answer) -> None:
    assert len(answer.body["turn_ids"]) == 1
    assert again.body == {"turn_ids": []}, "a second press grants nothing"
