"""Polls: asking the room, voting, changing one's mind, and the end.

The room's row is locked first, so that votes are counted one after the other and none comes
between the last count and the end. An event is appended only where what everybody may see has
changed: somebody who changes a sealed vote tells nobody, not even that it was changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Case, F, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from rooms import eventlog, extensions
from rooms.access import Seat, allows
from rooms.actions.roster import lock_roster, require_role
from rooms.errors import ParleyError, not_found
from rooms.models import Ballot, Message, Participant, Poll, Room
from rooms.polls import electorate, poll_shape, rules_of, votes_of
from rooms.protocol.events import MessagePosted
from rooms.protocol.polls import PersonaVoting, PollChanged
from rooms.shaping import message_shape
from rooms.tallies import Vote, shown_votes, tally

# Each stands in every snapshot, and in what every persona is given to read.
OPEN_MOST = 20


@dataclass(frozen=True)
class PollSketch:
    """A poll to make. `closes_in_seconds` None: it is open until somebody closes it."""

    question: str
    options: Sequence[str]
    is_multiple: bool = False
    is_anonymous: bool = False
    is_sealed: bool = False
    persona_voting: PersonaVoting = "may"
    closes_in_seconds: int | None = None


def create_poll(
    *, by: Seat, sketch: PollSketch, command_id: UUID | None = None, turn_id: UUID | None = None
) -> Poll:
    """Ask the room, in a message that has question and options for whoever knows of no polls.

    An anonymous one in which personas vote is sealed: everybody sees when a persona has its turn,
    and a count that rose then would be its vote. `turn_id` names a persona's turn that asks.
    Raises `invalid` where too many polls are open.
    """
    with eventlog.transaction():
        room = _locked_for(by)
        if room.polls.filter(closed_at=None).count() >= OPEN_MOST:
            raise ParleyError("invalid", f"{OPEN_MOST} polls are open already. Close one of them first.")
        now = timezone.now()
        message = Message.objects.create(
            room=room,
            participant=by.participant,
            kind=Message.Kind.POLL,
            text=_as_text(sketch),
            command_id=command_id,
            created_at=now,
            finished_at=now,
        )
        poll = Poll.objects.create(
            message=message,
            room=room,
            turn_id=turn_id,
            created_at=now,
            question=sketch.question,
            options=list(sketch.options),
            is_multiple=sketch.is_multiple,
            is_anonymous=sketch.is_anonymous,
            is_sealed=sketch.is_sealed or (sketch.is_anonymous and sketch.persona_voting != "none"),
            persona_voting=sketch.persona_voting,
        )
        if sketch.closes_in_seconds is not None:
            # The database's clock: machines may disagree about the time.
            closes_at = Now() + timedelta(seconds=sketch.closes_in_seconds)
            Poll.objects.filter(pk=poll.pk).update(closes_at=closes_at)
            poll.refresh_from_db(fields=["closes_at"])
        # The poll first: whoever sees the message knows what it asks.
        eventlog.append(room.pk, PollChanged(poll=poll_shape(poll)))
        eventlog.append(room.pk, MessagePosted(message=message_shape(message)), places=message.pk)
        return poll


def cast_vote(*, by: Seat, poll_id: UUID, choices: Sequence[int], reason: str = "") -> Ballot:
    """Vote, or change one's vote. The same vote again changes nothing.

    Raises `not_found`, `poll_closed`, `invalid` for choices that the poll does not have, and
    `not_allowed` for a persona where personas do not vote.
    """
    with eventlog.transaction():
        _locked_for(by)
        poll = _open_poll(by, poll_id)
        if by.participant.kind == Participant.Kind.PERSONA and poll.persona_voting == "none":
            raise ParleyError("not_allowed", "Personas do not vote in this poll.", need="speak")
        chosen = _checked_choices(poll, choices)
        before = votes_of([poll.pk]).get(poll.pk, [])
        ballot, _ = Ballot.objects.update_or_create(
            poll=poll,
            participant=by.participant,
            defaults={
                "choices": chosen,
                "reason": reason,
                "model": _model_of(by),
                "cast_at": timezone.now(),
            },
        )
        _tell_if_seen(poll, before)
        return ballot


def retract_vote(*, by: Seat, poll_id: UUID) -> None:
    """Take one's vote back; without one nothing happens. Raises `not_found`, `poll_closed`."""
    with eventlog.transaction():
        _locked_for(by)
        poll = _open_poll(by, poll_id)
        before = votes_of([poll.pk]).get(poll.pk, [])
        Ballot.objects.filter(poll=poll, participant=by.participant).delete()
        _tell_if_seen(poll, before)


def close_poll(*, by: Seat, poll_id: UUID) -> None:
    """End the poll: who asked it, an owner or a moderator. Closing twice does no harm.

    Raises `not_found`, `not_allowed`.
    """
    with eventlog.transaction():
        _locked_for(by)
        poll = _poll(by, poll_id)
        if poll.message.participant_id != by.participant.pk and not allows(by.participant, "moderate"):
            sentence = "Only who asked this, an owner or a moderator can close it."
            raise ParleyError("not_allowed", sentence, need="moderate")
        _close(poll, by.participant)


def close_due_polls() -> int:
    """Close the polls whose deadline has passed; how many that were.

    Also in archived rooms: a deadline was everybody's agreement. Two at once close each once.
    """
    due = Poll.objects.filter(closed_at=None, closes_at__lte=Now()).order_by("closes_at")
    closed = 0
    for poll_id, room_id in list(due.values_list("pk", "room_id")[:200]):
        with eventlog.transaction():
            lock_roster(room_id)
            poll = Poll.objects.select_related("message").get(pk=poll_id)
            closed += _close(poll, None)
    return closed


def _close(poll: Poll, by: Participant | None) -> bool:
    """End it if it is open, with whom it had asked. The room's row is locked."""
    asked = electorate(poll)
    is_first = Poll.objects.filter(pk=poll.pk, closed_at=None).update(
        closed_at=timezone.now(),
        closed_by=by,
        people=asked.people,
        personas=asked.personas,
        revision=F("revision") + 1,
    )
    if is_first:
        poll.refresh_from_db(fields=["closed_at", "closed_by", "people", "personas", "revision"])
        eventlog.append(poll.room_id, PollChanged(poll=poll_shape(poll)))
    return bool(is_first)


def _tell_if_seen(poll: Poll, before: Sequence[Vote]) -> None:
    rules = rules_of(poll)
    after = votes_of([poll.pk]).get(poll.pk, [])
    if (tally(rules, before), shown_votes(rules, before)) == (tally(rules, after), shown_votes(rules, after)):
        return
    poll.revision += 1
    poll.save(update_fields=["revision"])
    eventlog.append(poll.room_id, PollChanged(poll=poll_shape(poll)))


def _locked_for(by: Seat) -> Room:
    """The room, locked, if `by` may still write in it."""
    room = lock_roster(by.room.pk)
    require_role(by, "speak")
    if room.archived_at is not None:
        raise ParleyError("room_archived", "This room is archived. Its owner can restore it.")
    return room


def _poll(by: Seat, poll_id: UUID) -> Poll:
    poll = (
        Poll.objects.filter(room=by.room, pk=poll_id)
        .select_related("message")
        .annotate(is_due=Case(When(closes_at__lte=Now(), then=Value(True)), default=Value(False)))
        .first()
    )
    if poll is None:
        raise not_found()
    return poll


def _open_poll(by: Seat, poll_id: UUID) -> Poll:
    """Not closed, and not past a deadline that no sweep has come to yet."""
    poll = _poll(by, poll_id)
    if poll.closed_at is not None or poll.is_due:  # type: ignore[attr-defined]  # annotated in _poll
        raise ParleyError("poll_closed", "This poll is closed.")
    return poll


def _checked_choices(poll: Poll, choices: Sequence[int]) -> list[int]:
    chosen = sorted(set(choices))
    if not chosen or chosen[0] < 0 or chosen[-1] >= len(poll.options):
        sentence = f"Choose from 0 to {len(poll.options) - 1}."
        raise ParleyError("invalid", sentence, fields={"choices": "not an option"})
    if len(chosen) > 1 and not poll.is_multiple:
        sentence = "Only one option can be chosen in this poll."
        raise ParleyError("invalid", sentence, fields={"choices": "too many"})
    return chosen


def _model_of(by: Seat) -> str:
    if by.participant.kind != Participant.Kind.PERSONA:
        return ""
    return extensions.model_of(by.participant, by.room).name


def _as_text(sketch: PollSketch) -> str:
    options = "\n".join(f"{number}. {option}" for number, option in enumerate(sketch.options, 1))
    return f"{sketch.question}\n\n{options}"
