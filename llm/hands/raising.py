"""How hands go up, and come down again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.utils import timezone

from llm.cleaning import cleaned
from llm.hands.shaping import publish
from llm.models import Hand, Run, Turn
from llm.models.hand import LINE_CHARACTERS
from llm.orchestration.registry import BY_NAME
from llm.reading import Call
from llm.runs.live import LIVE
from llm.runs.opening import revealed_as
from llm.turns import OPEN
from rooms import eventlog
from rooms.models import Message, Participant

# Not printable, and part of how emoji and some scripts are written.
_JOINERS = "\u200c\u200d"


def line_of(text: str) -> str:
    """One line of plain text that fits; blank where there is nothing to be seen in it."""
    words = " ".join(cleaned(text).split())
    # Nothing that turns the direction of what stands around it.
    seen = "".join(sign for sign in words if sign.isprintable() or sign in _JOINERS).strip()
    if not seen.strip(_JOINERS):
        return ""
    return seen if len(seen) <= LINE_CHARACTERS else f"{seen[: LINE_CHARACTERS - 1].rstrip()}…"


def raise_hand(
    persona: Participant,
    line: str,
    *,
    message: Message,
    source: Hand.Source,
    raised_in: Turn | None = None,
) -> Hand | None:
    """The persona's hand, with this line instead of the one that it was up with.

    None where it stays down: it has left, is muted, has the floor coming anyway (a turn that waits or
    runs, besides `raised_in`, or a hand that was granted), or the line is blank.
    """
    line = line_of(line)
    if not line or persona.left_at is not None or persona.is_muted or _has_the_floor(persona, raised_in):
        return None
    with eventlog.transaction():
        # Of two at once the second finds the first's, and replaces its line.
        hand, _ = Hand.objects.update_or_create(
            room_id=message.room_id,
            participant=persona,
            state=Hand.State.RAISED,
            defaults={
                "line": line,
                "source": source,
                "message": message,
                "raised_in": raised_in,
                "run_id": raised_in.run_id if raised_in is not None else None,
                "raised_at": timezone.now(),
            },
        )
        publish(hand)
        return hand


def raise_for_called(
    message: Message, turn: Turn, calls: Iterable[Call], personas: Mapping[UUID, Participant]
) -> None:
    """Whom a run's `turn` calls in `message` can't be woken out of turn: their hands go up for it."""
    run = Run.objects.filter(turns=turn, state__in=LIVE).first()
    # What was sealed is no conversation: everybody wrote it without the others.
    if run is None or message.pk == revealed_as(turn):
        return
    mode = BY_NAME.get(run.mode)
    apart = set(run.offices.values()) if mode is not None and mode.are_offices_apart else set()
    for call in calls:
        persona = personas.get(call.id) if call.id is not None else None
        if persona is None or persona.pk == turn.participant_id or str(persona.pk) in apart:
            continue
        line = f"{message.participant.name} asked: {call.task or _from_name(message.text, persona)}"
        raise_hand(persona, line, message=message, source=Hand.Source.TOOL, raised_in=turn)


def _from_name(text: str, persona: Participant) -> str:
    """Of a text that is asked of somebody as a whole: what stands from their name on."""
    return text[max(0, text.casefold().find(f"@{persona.name.casefold()}")) :]


def lower(hand: Hand, by: Participant | None = None) -> None:
    """Take it down, if it is up; the caller holds it."""
    hand.state, hand.ended_by, hand.ended_at = Hand.State.LOWERED, by, timezone.now()
    hand.save(update_fields=["state", "ended_by", "ended_at"])
    publish(hand)


def _has_the_floor(persona: Participant, raised_in: Turn | None) -> bool:
    open_turns = Turn.objects.filter(participant=persona, state__in=OPEN)
    if raised_in is not None:
        open_turns = open_turns.exclude(pk=raised_in.pk)
    granted = Hand.objects.filter(participant=persona, state=Hand.State.GRANTED, turn=None)
    return open_turns.exists() or granted.exists()
