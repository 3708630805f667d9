"""One room, for its members."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from rooms import commands, extensions, snapshots
from rooms.api import pages, shapes
from rooms.api.base import ParleyView
from rooms.api.described import LIMIT, Query, documented
from rooms.protocol.commands import (
    ArchiveRoom,
    ChangeRoom,
    CommandData,
    CommandFrame,
    LeaveRoom,
    PostMessage,
    RestoreRoom,
)
from rooms.protocol.shapes import MessageShape, RoomShape

_BEFORE = Query("before", "Messages placed before this number; without it the newest.")
_AFTER = Query("after", "The number of the last event that you know; 0 for all.", is_required=True)
_AT_MOST = Query("limit", "How many at most, for a page.")
# Made when the addresses are loaded, which is after every app registered its sections.
_Snapshot, _MessagePage = extensions.snapshot_shape(), extensions.message_page_shape()


class RoomView(ParleyView):
    @documented("getRoom", "rooms", gives=_Snapshot)
    def get(self, request: Request, room_id: UUID) -> Response:
        """The snapshot: what a socket's first load carries."""
        return Response(snapshots.room_snapshot(self.seat(room_id)))

    @documented("changeRoom", "rooms", takes=ChangeRoom, gives=RoomShape, has_key=True)
    def patch(self, request: Request, room_id: UUID) -> Response:
        """Change the name, the context or the visibility (owner, moderator)."""
        self.do(room_id, ChangeRoom, self.body)
        return self.answer(snapshots.one_room(self.seat(room_id)))


class _ChangeView(ParleyView):
    def change(self, room_id: UUID, command: type[CommandData]) -> Response:
        self.do(room_id, command)
        return self.answer(snapshots.one_room(self.seat(room_id)))


class ArchiveView(_ChangeView):
    @documented("archiveRoom", "rooms", gives=RoomShape, has_key=True)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Make the room read-only and take it off the lists (owner)."""
        return self.change(room_id, ArchiveRoom)


class RestoreView(_ChangeView):
    @documented("restoreRoom", "rooms", gives=RoomShape, has_key=True)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Open an archived room again (owner)."""
        return self.change(room_id, RestoreRoom)


class LeaveView(ParleyView):
    @documented("leaveRoom", "rooms", status=204, has_key=True)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Leave the room. The only owner can't while other people are in it."""
        self.do(room_id, LeaveRoom)
        return Response(status=204)


class CommandsView(ParleyView):
    @documented("doCommand", "rooms", takes=CommandFrame, gives=shapes.CommandResult)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Any command of the room, as over the socket."""
        frame = commands.parse_frame(self.body)
        result = commands.execute(self.viewer, room_id, frame)
        return self.answer(shapes.CommandResult(result=result))


class MessagesView(ParleyView):
    @documented("listMessages", "messages", gives=_MessagePage, query=[_BEFORE, LIMIT])
    def get(self, request: Request, room_id: UUID) -> Response:
        """A page of messages, oldest first, from the newest page backwards."""
        seat = self.seat(room_id)
        before = self.whole_number("before", seat.room.head_seq + 1)
        limit = pages.bent(self.whole_number("limit", pages.PAGE))
        page = snapshots.older_messages(seat, before=before, limit=limit)
        older = pages.address(request, before=page.messages[0].seq) if page.has_older else None
        return self.answer(page.model_copy(update={"next": older}))

    @documented("postMessage", "messages", takes=PostMessage, gives=MessageShape, status=201, has_key=True)
    def post(self, request: Request, room_id: UUID) -> Response:
        """Say something. Mentioned personas are woken, and the one that it replies to."""
        result = self.do(room_id, PostMessage, self.body)
        said = snapshots.one_message(self.seat(room_id), UUID(result["message_id"]))
        return self.answer(said, status=201)


class MessageView(ParleyView):
    @documented("getMessage", "messages", gives=MessageShape)
    def get(self, request: Request, room_id: UUID, message_id: UUID) -> Response:
        """One message as it is now, with its text so far while it streams."""
        return self.answer(snapshots.one_message(self.seat(room_id), message_id))


class EventsView(ParleyView):
    @documented(
        "listEvents",
        "messages",
        gives=shapes.EventPage,
        query=[_AFTER, _AT_MOST],
    )
    def get(self, request: Request, room_id: UUID) -> Response:
        """The events after a number. Without `limit` all of them, if they are not too many."""
        self.seat(room_id)
        limit = self.whole_number("limit", 0)
        tail = snapshots.tail(room_id, after=self.whole_number("after"), limit=limit or None)
        following = tail.events[-1].seq if tail.events and tail.is_cut else None
        return self.answer(
            shapes.EventPage(
                events=[event.envelope() for event in tail.events],
                head_seq=tail.head_seq,
                next=None if following is None else pages.address(request, after=following),
            )
        )
