"""What a room tells its clients.

Every frame from the server is an envelope around one of these. Durable events have
a `seq` (contiguous in a room, starting at 1) and carry the whole changed shape, so
that applying one is an upsert and applying it twice does no harm. Ephemeral events
have `seq: null`; each may be lost.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from rooms.protocol.base import Id, Shape, Time
from rooms.protocol.shapes import MessageShape, ParticipantShape, RoomShape, YouShape

Durability = Literal["durable", "ephemeral", "control"]


class EventData(Shape):
    """The `data` of one event type.

    Class attributes: `type` is the name on the wire, `durability` says whether it is
    numbered and kept, `summary` is its line in the documentation's event table.
    """

    type: ClassVar[str]
    durability: ClassVar[Durability]
    summary: ClassVar[str]


class RoomChanged(EventData):
    type: ClassVar[str] = "room.changed"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = "The room was created, renamed, described, archived or restored."
    room: RoomShape


class ParticipantChanged(EventData):
    type: ClassVar[str] = "participant.changed"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = (
        "Somebody joined, left (`left_at`), or changed: a name, title or role, or how a persona is set up."
    )
    participant: ParticipantShape


class MessagePosted(EventData):
    type: ClassVar[str] = "message.posted"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = (
        "A message exists. A person's is complete; a persona's is `streaming` and carries"
        " its first visible text. Its `seq` is this event's."
    )
    message: MessageShape


class MessageFinished(EventData):
    type: ClassVar[str] = "message.finished"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = "A streamed message has its last text: `complete`, `stopped` or `failed`."
    message: MessageShape


class MessageResumed(EventData):
    type: ClassVar[str] = "message.resumed"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = (
        "A message that was cut off goes on: `streaming` again, with its text so far and a higher `fence`."
    )
    message: MessageShape


class Delta(Shape):
    """A piece of a streaming message: append `text` where `fence` matches and `index` is next."""

    message_id: Id
    fence: int
    index: int
    text: str


class MessageDeltas(EventData):
    type: ClassVar[str] = "message.deltas"
    durability: ClassVar[Durability] = "ephemeral"
    summary: ClassVar[str] = "Pieces of streaming messages, of one worker and one tick, in order."
    deltas: list[Delta]


class TypingChanged(EventData):
    type: ClassVar[str] = "typing.changed"
    durability: ClassVar[Durability] = "ephemeral"
    summary: ClassVar[str] = "Somebody is writing, or no longer. Forget it 5 s later, or with their message."
    participant_id: Id
    is_typing: bool


class PresenceChanged(EventData):
    type: ClassVar[str] = "presence.changed"
    durability: ClassVar[Durability] = "ephemeral"
    summary: ClassVar[str] = "Everybody who is connected now: people with at least one socket."
    present_ids: list[Id]


class Hello(EventData):
    """The first frame of a connection.

    `epoch` changes when the database was restored from a copy: a client that knew
    another one must forget its state. `head_seq` is the newest event's number.
    `present_ids` are the people with at least one socket, null while that is not known.
    """

    type: ClassVar[str] = "hello"
    durability: ClassVar[Durability] = "control"
    summary: ClassVar[str] = "First frame of a connection: versions, epoch, head, who you are."
    protocol: int
    build: str
    epoch: Id
    head_seq: int
    you: YouShape
    present_ids: list[Id] | None


class Heartbeat(EventData):
    type: ClassVar[str] = "heartbeat"
    durability: ClassVar[Durability] = "control"
    summary: ClassVar[str] = (
        "Every few seconds: the newest event's number, so that a lost last event is noticed."
    )
    head_seq: int


class Reconnect(EventData):
    """The process ends, and closes with 1012 after this frame. `after_ms` differs from socket
    to socket, so that they do not all come back at one moment."""

    type: ClassVar[str] = "reconnect"
    durability: ClassVar[Durability] = "control"
    summary: ClassVar[str] = "The server process ends: connect again after so many milliseconds."
    after_ms: int


class CommandOk(EventData):
    type: ClassVar[str] = "command.ok"
    durability: ClassVar[Durability] = "control"
    summary: ClassVar[str] = "Your command is done and stored; a repeated `command_id` gets the same answer."
    command_id: Id
    result: dict[str, Any]


class CommandError(EventData):
    type: ClassVar[str] = "command.error"
    durability: ClassVar[Durability] = "control"
    summary: ClassVar[str] = (
        "Your command was refused and changed nothing. `command_id` is null if it was unreadable."
    )
    command_id: Id | None
    code: str
    message: str
    detail: dict[str, Any]


class Envelope(Shape):
    """What every frame of the server looks like; `data` is the EventData of `type`.

    On a socket each frame also has `n`, counted from 1 per connection: the client
    acknowledges what it handled with `{"type": "ack", "n": …}`.
    """

    v: int
    room: Id
    seq: int | None
    at: Time
    type: str
    data: dict[str, Any]


CORE_EVENTS: tuple[type[EventData], ...] = (
    RoomChanged,
    ParticipantChanged,
    MessagePosted,
    MessageFinished,
    MessageResumed,
    MessageDeltas,
    TypingChanged,
    PresenceChanged,
    Hello,
    Heartbeat,
    Reconnect,
    CommandOk,
    CommandError,
)
