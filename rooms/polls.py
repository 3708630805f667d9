"""The read path of polls: what everybody is told of one, and what its voter is told alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from django.db.models import Q, QuerySet

from rooms.access import Seat
from rooms.errors import not_found
from rooms.models import Ballot, Participant, Poll, Room
from rooms.protocol.polls import (
    BallotShape,
    CountShape,
    ElectorateShape,
    PersonaVoting,
    PollDetails,
    PollShape,
    SharedModelShape,
    VoteShape,
)
from rooms.tallies import Count, Rules, Vote, shown_votes, tally

_VOTERS = (Participant.Role.OWNER, Participant.Role.MODERATOR, Participant.Role.MEMBER)


@dataclass(frozen=True)
class PollSection:
    """The polls of a page, and the viewer's own votes in them."""

    polls: list[PollShape]
    ballots: list[BallotShape]


def section(seat: Seat, message_ids: Collection[UUID], *, with_open: bool) -> PollSection:
    """The polls of these messages; `with_open`: and the room's open ones, wherever they stand."""
    wanted = Q(pk__in=message_ids)
    if with_open:
        wanted |= Q(closed_at=None)
    polls = list(_polls(seat.room).filter(wanted))
    return PollSection(poll_shapes(polls), own_ballots(seat, [poll.pk for poll in polls]))


def poll_shape(poll: Poll) -> PollShape:
    return poll_shapes([poll])[0]


def poll_shapes(polls: Sequence[Poll]) -> list[PollShape]:
    """In order, with one query for all of their votes. Each poll's message is loaded with it."""
    votes = votes_of([poll.pk for poll in polls])
    return [_shape(poll, votes.get(poll.pk, [])) for poll in polls]


def own_ballots(seat: Seat, poll_ids: Collection[UUID]) -> list[BallotShape]:
    """The viewer's votes in these polls, where there are any."""
    if not poll_ids:
        return []
    mine = Ballot.objects.filter(participant=seat.participant, poll__in=poll_ids).order_by("poll_id")
    return [ballot_shape(ballot) for ballot in mine]


def ballot_shape(ballot: Ballot) -> BallotShape:
    return BallotShape(poll_id=ballot.poll_id, choices=ballot.choices, reason=ballot.reason)


def no_ballot(poll_id: UUID) -> BallotShape:
    return BallotShape(poll_id=poll_id, choices=[], reason="")


def poll_details(seat: Seat, poll_id: UUID) -> PollDetails:
    """One poll as the viewer may see it. Raises `not_found`."""
    poll = polls_of(seat).filter(pk=poll_id).first()
    if poll is None:
        raise not_found()
    votes = votes_of([poll.pk]).get(poll.pk, [])
    mine = own_ballots(seat, [poll.pk])
    return PollDetails(
        poll=_shape(poll, votes),
        ballot=mine[0] if mine else no_ballot(poll.pk),
        votes=[
            VoteShape(participant_id=v.participant_id, choices=list(v.choices), reason=v.reason)
            for v in shown_votes(rules_of(poll), votes)
        ],
    )


def polls_of(seat: Seat) -> QuerySet[Poll]:
    return _polls(seat.room)


def open_polls(room: Room) -> list[PollShape]:
    """The room's open polls, the oldest first, as everybody sees them."""
    return poll_shapes(list(_polls(room).filter(closed_at=None)))


def rules_of(poll: Poll) -> Rules:
    return Rules(
        options=len(poll.options),
        is_anonymous=poll.is_anonymous,
        is_sealed=poll.is_sealed,
        is_closed=poll.closed_at is not None,
    )


def votes_of(poll_ids: Collection[UUID]) -> dict[UUID, list[Vote]]:
    """Everybody's votes, by poll: not to be told as they are."""
    votes: dict[UUID, list[Vote]] = defaultdict(list)
    if poll_ids:
        fields = ("poll_id", "participant_id", "participant__kind", "choices", "reason", "model")
        rows = Ballot.objects.filter(poll__in=poll_ids).order_by("participant_id").values_list(*fields)
        for poll_id, participant_id, kind, choices, reason, model in rows:
            is_persona = kind == Participant.Kind.PERSONA
            votes[poll_id].append(Vote(participant_id, is_persona, tuple(choices), reason, model))
    return dict(votes)


def electorate(poll: Poll) -> ElectorateShape:
    """Whom the poll asks now: who is there and may vote, and who has voted."""
    may_vote = Q(left_at=None, role__in=_VOTERS)
    if poll.persona_voting == Poll.PersonaVoting.NONE:
        may_vote &= Q(kind=Participant.Kind.HUMAN)
    has_voted = Q(pk__in=Ballot.objects.filter(poll=poll).values("participant"))
    kinds = list(
        Participant.objects.filter(room=poll.room_id)
        .filter(may_vote | has_voted)
        .order_by()
        .values_list("kind", flat=True)
    )
    personas = sum(kind == Participant.Kind.PERSONA for kind in kinds)
    return ElectorateShape(people=len(kinds) - personas, personas=personas)


def _polls(room: Room) -> QuerySet[Poll]:
    return Poll.objects.filter(room=room).select_related("message").order_by("message__seq")


def _shape(poll: Poll, votes: Sequence[Vote]) -> PollShape:
    result = tally(rules_of(poll), votes)
    asked = None
    if poll.people is not None and poll.personas is not None:
        asked = ElectorateShape(people=poll.people, personas=poll.personas)
    return PollShape(
        id=poll.pk,
        participant_id=poll.message.participant_id,
        question=poll.question,
        options=poll.options,
        is_multiple=poll.is_multiple,
        is_anonymous=poll.is_anonymous,
        is_sealed=poll.is_sealed,
        persona_voting=cast(PersonaVoting, poll.persona_voting),
        created_at=poll.created_at,
        closes_at=poll.closes_at,
        closed_at=poll.closed_at,
        closed_by_id=poll.closed_by_id,
        voters=_count(result.voters),
        tally=None if result.options is None else [_count(option) for option in result.options],
        shared_models=[SharedModelShape(model=m, voters=n) for m, n in result.shared_models],
        electorate=asked,
        revision=poll.revision,
    )


def _count(count: Count) -> CountShape:
    return CountShape(total=count.total, people=count.people, personas=count.personas)
