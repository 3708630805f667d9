"""What a room cost, for all of its members: what they cause should be seen by them."""

from __future__ import annotations

from datetime import date
from typing import cast
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from llm import budgets, spending
from llm.protocol import BudgetState, UsageReport
from llm.usage_report import GROUPINGS, Grouping, entries_between, groups_of, total_of
from rooms.access import Seat
from rooms.api.base import ParleyView
from rooms.api.described import Query, documented
from rooms.errors import ParleyError

_FROM = Query("from", "The first day, as 2026-01-31; days are of UTC. Without it from the beginning.", str)
_TO = Query("to", "The last day, as 2026-01-31. Without it until now.", str)
_BY = Query("by", f"How to group, by commas: {', '.join(GROUPINGS)}.", str)


class UsageView(ParleyView):
    @documented("getUsage", "rooms", gives=UsageReport, query=[_FROM, _TO, _BY])
    def get(self, request: Request, room_id: UUID) -> Response:
        """What models used in this room, in all and by groups, and its budgets now (any member)."""
        seat = self.seat(room_id)
        entries = entries_between(self._day("from"), self._day("to")).filter(room=seat.room)
        groups = [group for by in self._groupings() for group in groups_of(entries, by)]
        return self.answer(UsageReport(total=total_of(entries), groups=groups, budgets=_budgets(seat)))

    def _day(self, name: str) -> date | None:
        text = self.words(name, most=10)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            sentence = f"{name} must be a day such as 2026-01-31."
            raise ParleyError("invalid", sentence, fields={name: "not a day"}) from None

    def _groupings(self) -> list[Grouping]:
        asked = [word for word in self.words("by").split(",") if word]
        if not set(asked) <= set(GROUPINGS):
            sentence = f"by must be of {', '.join(GROUPINGS)}."
            raise ParleyError("invalid", sentence, fields={"by": "not a grouping"})
        return [cast(Grouping, word) for word in asked]


def _budgets(seat: Seat) -> list[BudgetState]:
    """Those of the day that hold for the room, and for who asks in it."""
    books = spending.read_books(spending.Payer(seat.room, None, seat.participant))
    return [
        BudgetState(
            scope=account.scope,
            limit_usd=float(account.limit),
            spent_usd=float(account.spent),
            reserved_usd=float(account.reserved),
            level=budgets.level_of(account),
        )
        for account in books.accounts
        if account.limit is not None
    ]
