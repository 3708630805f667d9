"""Finding messages in a room, for its members."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from rooms.api import pages, shapes
from rooms.api.base import ParleyView
from rooms.api.described import LIMIT, Query, documented
from rooms.errors import ParleyError
from rooms.search.finding import find
from rooms.search.terms import QUERY_CHARACTERS, excerpt, parse_query
from rooms.shaping import message_shape

_Q = Query(
    "q",
    "What to look for: every word has to be in the message, each may be the beginning of one; what stands"
    " between quotation marks is looked for as it is. Nothing else is an operator.",
    str,
    is_required=True,
)
_BY = Query("by", "Only what this participant said, by id.", str)
_BEFORE = Query("before", "Messages placed before this number: from a page's `next`.")


class SearchView(ParleyView):
    @documented("searchMessages", "messages", gives=shapes.SearchPage, query=[_Q, _BY, _BEFORE, LIMIT])
    def get(self, request: Request, room_id: UUID) -> Response:
        """The messages with all that is looked for, the newest first; a reply once it is finished."""
        seat = self.seat(room_id)
        groups = parse_query(self.words("q", QUERY_CHARACTERS))
        limit = pages.bent(self.whole_number("limit", pages.PAGE))
        before = self.whole_number("before", seat.room.head_seq + 1)
        found = find(seat.room, groups, before=before, by=self._participant(), limit=limit + 1)
        page = found[:limit]
        following = pages.address(request, before=page[-1].seq) if len(found) > limit else None
        hits = [
            shapes.SearchHit(
                message=message_shape(message),
                excerpt=[
                    shapes.ExcerptPiece(text=text, is_match=is_match)
                    for text, is_match in excerpt(message.text, groups)
                ],
            )
            for message in page
        ]
        return self.answer(shapes.SearchPage(results=hits, next=following))

    def _participant(self) -> UUID | None:
        text = self.words("by")
        try:
            return UUID(text) if text else None
        except ValueError:
            raise ParleyError("invalid", "by must be an id.", fields={"by": "not an id"}) from None
