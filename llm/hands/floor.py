"""From a granted hand to the turn in which it is said.

In a run its driver asks for it at a boundary, and decides nothing while that turn is open; else it is a
turn like any other, on a chain of whoever granted it. Callers hold the run, or the room's dispatch
cursor, and then the hand: of two who look at the same hand, the second finds its turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from llm import spending, wakes
from llm.guard import Refusal
from llm.hands.raising import lower
from llm.hands.shaping import IS_UP, publish
from llm.models import Chain, Hand, Run, Turn
from llm.orchestration.values import Decision, Finish, History, Speak, SpeakTogether
from llm.turns import OPEN
from rooms.models import Participant, Room


@dataclass(frozen=True)
class Granted:
    """A hand whose turn it is. `is_policy`: nobody granted it but the room's setting."""

    hand: Hand
    is_policy: bool


def is_taken(room_id: UUID) -> bool:
    """Whether somebody who was granted it has the floor, or is about to."""
    return Turn.objects.filter(room=room_id, cause=Turn.Cause.HAND, state__in=OPEN).exists()


def next_in_run(run: Run, history: History, decision: Decision | None) -> Granted | None:
    """Whose hand comes before the run's `decision`, None where it is paused: the oldest that was granted,
    else, where the room leaves it to the policy, the oldest raised one."""
    if history.is_sealed or run.room.archived_at is not None:
        return None
    waiting = held(Hand.objects.filter(room=run.room_id, state=Hand.State.GRANTED, turn=None))
    hand = next((hand for hand in waiting if _may_speak(hand)), None)
    if hand is not None:
        return Granted(hand, is_policy=False)
    if run.room.hands != Room.Hands.POLICY or decision is None or _is_cut(decision):
        return None
    raised = held(Hand.objects.filter(room=run.room_id, state=Hand.State.RAISED))
    apart = _next(decision) | _heard(run)
    hand = next((hand for hand in raised if _may_speak(hand) and hand.participant_id not in apart), None)
    return Granted(hand, is_policy=True) if hand is not None else None


def give_in_run(run: Run, granted: Granted, refusal: Refusal | None) -> bool:
    """Its turn, in the run's chain and none of those that its mode counts; False where it was refused,
    by `refusal` or by a budget."""
    chain = wakes.held(run.chain_id)
    turn = _turn_of(granted.hand, chain)
    turn.run, turn.run_phase, turn.run_round, turn.run_part = run, run.phase, run.round, "hand"
    refused = refusal or spending.refusals_for_wakes(run.room, chain, {turn.model})[turn.model]
    return _give(granted.hand, turn, refused)


def give_beside(hand: Hand, room: Room, *, by: Participant | None) -> bool:
    """Its turn where no run is on: on a chain of `by`, or, without them, of what it is about."""
    if by is not None:
        chain = Chain.objects.create(room=room, message=hand.message, person=by)
    else:
        chain = _chain_about(hand, room)
    turn = _turn_of(hand, chain)
    return _give(hand, turn, wakes.refusals(room, chain, [turn])[0])


def at_end(run: Run, *, may_speak: bool) -> None:
    """The run is over: hands that were raised in it come down. One that was granted and still waits is
    heard now, if it `may_speak`, on a chain of whoever granted it."""
    for hand in held(Hand.objects.filter(IS_UP, run=run)):
        granter = hand.ended_by
        if hand.state == Hand.State.GRANTED and may_speak and granter is not None and _may_speak(hand):
            give_beside(hand, run.room, by=granter)
        else:
            lower(hand)


def held(hands: QuerySet[Hand]) -> QuerySet[Hand]:
    """With all that their turns are made of; the oldest first, and locked in this order."""
    related = hands.select_related("participant", "message__room", "message__participant", "ended_by")
    related = related.select_related("raised_in", "participant__room")
    return related.select_for_update(of=("self",), no_key=True).order_by("raised_at", "id")


def _may_speak(hand: Hand) -> bool:
    return hand.participant.left_at is None and not hand.participant.is_muted


def _is_cut(decision: Decision) -> bool:
    """Whether it ends the run before its mode is through: nobody speaks by themselves then."""
    return isinstance(decision, Finish) and decision.reason != "finished"


def _next(decision: Decision) -> frozenset[UUID]:
    """Who is next anyway."""
    match decision:
        case Speak():
            return frozenset({decision.speech.member})
        case SpeakTogether():
            return frozenset(speech.member for speech in decision.speeches)
        case _:
            return frozenset()


def _heard(run: Run) -> frozenset[UUID]:
    """Who was given the floor in this round already."""
    given = run.turns.filter(cause=Turn.Cause.HAND, run_phase=run.phase, run_round=run.round)
    return frozenset(given.values_list("participant_id", flat=True))


def _chain_about(hand: Hand, room: Room) -> Chain:
    opened = Chain.objects.filter(room=room, message=hand.message).order_by("created_at").first()
    if opened is not None:
        return wakes.held(opened.pk)
    author = hand.message.participant
    person = author if author.kind == Participant.Kind.HUMAN else None
    return Chain.objects.create(room=room, message=hand.message, person=person)


def _turn_of(hand: Hand, chain: Chain) -> Turn:
    turn = wakes.turn_of(hand.message, hand.participant, Turn.Cause.HAND, chain, 0, _task(hand))
    turn.repeat = Turn.objects.filter(
        trigger_message=hand.message, participant=hand.participant, cause=Turn.Cause.HAND
    ).count()
    return turn


def _task(hand: Hand) -> str:
    asked_by = hand.raised_in.participant_id if hand.raised_in is not None else hand.participant_id
    if asked_by != hand.participant_id:
        return f"You are given the floor, since somebody called you. {hand.line} Answer now."
    return f"You raised your hand to say: “{hand.line}” Say it now."


def _give(hand: Hand, turn: Turn, refusal: Refusal | None) -> bool:
    if refusal is not None:
        wakes.refuse(turn, refusal)
    wakes.write([turn])
    if hand.state != Hand.State.GRANTED:
        hand.state, hand.ended_at = Hand.State.GRANTED, timezone.now()
    hand.turn = turn
    hand.save(update_fields=["state", "ended_at", "turn"])
    publish(hand)
    return refusal is None
