"""Hands that come down by themselves, and those that are granted by themselves: derived from rows.

Called behind whatever may change it (a signal: the accelerator) and by the sweep (the guarantee).
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from llm.hands import floor
from llm.hands.actions import hold
from llm.hands.raising import lower
from llm.hands.shaping import IS_UP, is_any_up
from llm.models import Hand, Run, Turn
from llm.runs.live import is_run_on
from llm.turns import OPEN
from rooms import eventlog
from rooms.models import Message, Participant, Room


def rooms_with_hands() -> list[UUID]:
    found = Hand.objects.filter(IS_UP).order_by("room_id").values_list("room_id", flat=True)
    return list(found.distinct()[:200])


def look(room_id: UUID) -> int:
    """Lower what should be down, and grant the oldest where that is left to the policy. How many moved."""
    if not is_any_up(room_id):
        return 0
    return _lower(room_id) + _grant(room_id)


def _lower(room_id: UUID) -> int:
    up = Hand.objects.filter(IS_UP, room=room_id).select_related("participant", "run", "room")
    up = up.order_by("raised_at", "id")
    # First without a lock: mostly nothing is to be done.
    if not any(_is_over(hand) for hand in up):
        return 0
    with eventlog.transaction():
        over = [hand for hand in up.select_for_update(of=("self",), no_key=True) if _is_over(hand)]
        for hand in over:
            lower(hand)
        return len(over)


def _is_over(hand: Hand) -> bool:
    """Whether nobody has to hear of it any more: its persona is gone, silenced, or was heard since, its run
    has ended, or much was said since."""
    persona = hand.participant
    if persona.left_at is not None or persona.is_muted or hand.room.archived_at is not None:
        return True
    if hand.run is not None and hand.run.state == Run.State.ENDED:
        return True
    if hand.state == Hand.State.GRANTED:
        return False
    turns = Turn.objects.filter(participant=persona, created_at__gt=hand.raised_at)
    if turns.exclude(state=Turn.State.BLOCKED).exists():
        return True
    said = Message.objects.filter(room=hand.room_id, kind=Message.Kind.CHAT, created_at__gt=hand.raised_at)
    return said.count() >= settings.LLM_HAND_MESSAGES


def _grant(room_id: UUID) -> int:
    """Outside of runs: the oldest one, as soon as nobody is speaking."""
    room = Room.objects.get(pk=room_id)
    if room.hands != Room.Hands.POLICY or room.archived_at is not None or is_run_on(room_id):
        return 0
    with eventlog.transaction():
        if hold(room) is not None or _is_anybody_speaking(room_id):
            return 0
        raised = Hand.objects.filter(room=room, state=Hand.State.RAISED, participant__is_muted=False)
        hand = floor.held(raised.filter(participant__left_at=None)).first()
        if hand is None:
            return 0
        floor.give_beside(hand, room, by=None)
        return 1


def _is_anybody_speaking(room_id: UUID) -> bool:
    open_turns = Turn.objects.filter(room=room_id, state__in=OPEN)
    return open_turns.filter(participant__kind=Participant.Kind.PERSONA).exists()
