"""The room's polls as one persona is told of them, read from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from llm.context.polls import PollLine, polls_text
from llm.models import Turn
from llm.once import once
from llm.reasons import Reason
from llm.tools.abilities import may_have_tools
from llm.wakes import Wake
from rooms import extensions
from rooms.models import Ballot, Message, Participant, Poll, Room
from rooms.polls import poll_shapes

# Of those that are closed: what was decided lately. Of the open ones more than anybody asks at once.
CLOSED_MOST, OPEN_MOST = 2, 30


def polls_of(turn: Turn, *, has_tools: bool) -> str:
    """For the turn's block; blank where nothing was asked. `has_tools`: it can vote by tool."""
    found = _newest_of(turn.room)
    still_open = [poll for poll in found if poll.closed_at is None]
    closed = [poll for poll in found if poll.closed_at is not None][:CLOSED_MOST]
    return polls_text(
        poll_lines(still_open, turn.participant),
        poll_lines(closed[::-1], turn.participant),
        has_tools=has_tools,
    )


@once(lambda room: room.pk)
def _newest_of(room: Room) -> list[Poll]:
    """Open ones first. Most rooms have none."""
    polls = Poll.objects.filter(room=room)
    if not polls.exists():
        return []
    polls = polls.select_related("message__participant")
    newest_first = polls.order_by(F("closed_at").desc(nulls_first=True), "created_at")
    return list(newest_first[: OPEN_MOST + CLOSED_MOST])


@dataclass(frozen=True)
class Asked:
    """Whom a poll wakes, and why each persona or why not."""

    wakes: list[Wake]
    why: dict[Reason, list[UUID]]


def asked_by(message: Message) -> Asked:
    """The personas that a poll asks to vote: all that are there and can, but for who asked."""
    asked = Asked([], defaultdict(list))
    poll = Poll.objects.filter(pk=message.pk, closed_at=None).first()
    is_asking = poll is not None and poll.persona_voting == Poll.PersonaVoting.MUST
    for persona in message.room.participants.filter(kind=Participant.Kind.PERSONA, left_at=None):
        reason = _reason(persona, message, poll if is_asking else None)
        asked.why[reason].append(persona.pk)
        if reason == "poll":
            asked.wakes.append(Wake(persona, Turn.Cause.POLL))
    return asked


def _reason(persona: Participant, message: Message, asking: Poll | None) -> Reason:
    if persona.pk == message.participant_id:
        return "author"
    if message.room.archived_at is not None:
        return "archived"
    if asking is None:
        return "poll_not_asked"
    if persona.is_muted:
        return "muted"
    return "poll" if _can_vote(persona, message.room, asking) else "no_tools"


def is_secret_vote(turn: Turn) -> bool:
    """Whether a turn is there to vote in a poll of which nobody may see what it chooses."""
    if turn.trigger_message.kind != Message.Kind.POLL:
        return False  # what a claim has not read either
    poll = getattr(turn.trigger_message, "poll", None)
    return poll is not None and _is_secret(poll)


def _is_secret(poll: Poll) -> bool:
    return poll.is_sealed or poll.is_anonymous


def _can_vote(persona: Participant, room: Room, poll: Poll) -> bool:
    """Without tools a vote is a line of the message; a model that misses the form of it would tell
    everybody what it chooses."""
    model = extensions.model_of(persona, room)
    return not _is_secret(poll) or model.is_scripted or may_have_tools(model.name)


def poll_lines(polls: Sequence[Poll], persona: Participant) -> list[PollLine]:
    """`polls` come with their messages and who asked."""
    if not polls:
        return []
    voted = set(Ballot.objects.filter(poll__in=polls, participant=persona).values_list("poll_id", flat=True))
    return [
        PollLine(
            number=poll.message.seq or 0,
            asked_by=poll.message.participant.name,
            poll=shape,
            has_voted=poll.pk in voted,
        )
        for poll, shape in zip(polls, poll_shapes(polls), strict=True)
    ]
