"""The room's polls as one persona is told of them, read from the database."""

from __future__ import annotations

from collections.abc import Sequence

from llm.context.polls import PollLine, polls_text
from llm.models import Turn
from rooms.models import Ballot, Participant, Poll, Room
from rooms.polls import poll_shapes

# Of those that are closed: what was decided lately.
CLOSED_MOST = 2


def polls_of(turn: Turn) -> str:
    """For the turn's block; blank where nothing was asked."""
    polls = Poll.objects.filter(room=turn.room).select_related("message__participant")
    still_open = list(polls.filter(closed_at=None).order_by("created_at"))
    closed = list(polls.filter(closed_at__isnull=False).order_by("-closed_at")[:CLOSED_MOST])
    return polls_text(poll_lines(still_open, turn.participant), poll_lines(closed[::-1], turn.participant))


def poll_numbered(room: Room, number: int) -> Poll | None:
    """The poll whose message has that number, as a persona was told of it."""
    polls = Poll.objects.filter(room=room).select_related("message__participant")
    return polls.filter(message__seq=number).first()


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
