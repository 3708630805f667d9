"""The polls of a room, for its members."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from rooms import polls
from rooms.api import pages
from rooms.api.base import ParleyView
from rooms.api.described import CURSOR, LIMIT, Query, documented
from rooms.commands import parse
from rooms.protocol.polls import (
    CastVote,
    ChooseOptions,
    ClosePoll,
    CreatePoll,
    PollDetails,
    PollPage,
    RetractVote,
)

_OPEN = Query("open", "1: only those that are open.")


class PollsView(ParleyView):
    @documented("listPolls", "polls", gives=PollPage, query=[_OPEN, CURSOR, LIMIT])
    def get(self, request: Request, room_id: UUID) -> Response:
        """The room's polls, the newest first, with your own votes."""
        seat = self.seat(room_id)
        rows = polls.polls_of(seat)
        if self.flag("open"):
            rows = rows.filter(closed_at=None)
        limit = self.whole_number("limit", pages.PAGE)
        page = pages.newest_first(request, rows, "created_at", limit=limit)
        mine = polls.own_ballots(seat, [poll.pk for poll in page.rows])
        return self.answer(PollPage(results=polls.poll_shapes(page.rows), ballots=mine, next=page.next))

    @documented("createPoll", "polls", takes=CreatePoll, gives=PollDetails, status=201, has_key=True)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Ask the room (any member). It stands in the history as a message of the same id."""
        result = self.do(room_id, CreatePoll, self.body)
        return self.answer(polls.poll_details(self.seat(room_id), UUID(result["poll_id"])), status=201)


class PollView(ParleyView):
    @documented("getPoll", "polls", gives=PollDetails)
    def get(self, request: Request, room_id: UUID, poll_id: UUID) -> Response:
        """One poll, your own vote, and everybody's as far as they may be seen now."""
        return self.answer(polls.poll_details(self.seat(room_id), poll_id))


class VoteView(ParleyView):
    @documented("castVote", "polls", takes=ChooseOptions, gives=PollDetails, has_key=True)
    def post(self, request: Request, room_id: UUID, poll_id: UUID) -> Response:
        """Vote, or change your vote, while the poll is open (any member)."""
        self.seat(room_id)
        chosen = parse(ChooseOptions, self.body).model_dump(mode="json")
        self.do(room_id, CastVote, {"poll_id": str(poll_id), **chosen})
        return self.answer(polls.poll_details(self.seat(room_id), poll_id))


class RetractView(ParleyView):
    @documented("retractVote", "polls", gives=PollDetails, has_key=True)
    def post(self, request: Request, room_id: UUID, poll_id: UUID) -> Response:
        """Take your vote back while the poll is open (any member)."""
        self.do(room_id, RetractVote, {"poll_id": str(poll_id)})
        return self.answer(polls.poll_details(self.seat(room_id), poll_id))


class CloseView(ParleyView):
    @documented("closePoll", "polls", gives=PollDetails, has_key=True)
    def post(self, request: Request, room_id: UUID, poll_id: UUID) -> Response:
        """End a poll now (who asked it, owner, moderator)."""
        self.do(room_id, ClosePoll, {"poll_id": str(poll_id)})
        return self.answer(polls.poll_details(self.seat(room_id), poll_id))
