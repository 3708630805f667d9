"""Bodies of requests and answers that are not the room protocol's own shapes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from rooms.errors import ErrorCode
from rooms.protocol.base import Id, Shape, Time
from rooms.protocol.commands import (
    AvatarSign,
    Description,
    Fallbacks,
    Model,
    Name,
    PersonaLine,
    Prompt,
    Title,
)
from rooms.protocol.events import Envelope
from rooms.protocol.shapes import ChatStyle, MessageShape, ParticipantKind, ParticipantShape, Role, Visibility

TokenScope = Literal["read", "write"]

# --- What is asked -------------------------------------------------------------------


class NameYourself(Shape):
    name: Name


class CreateRoom(Shape):
    """`command_id` is the same as an `Idempotency-Key`, and wins over it. `preset` is the slug of the preset
    whose run the room is to propose; all else of it is given as it is wanted."""

    command_id: Id | None = None
    name: Name
    description: Description = ""
    visibility: Visibility = "link"
    persona_ids: Annotated[list[Id], Field(max_length=50)] = []
    preset: Annotated[str, Field(max_length=60)] = ""


class JoinRoom(Shape):
    """`command_id` is the same as an `Idempotency-Key`, and wins over it."""

    command_id: Id | None = None
    name: Name
    title: Title = ""


class ChangeParticipant(Shape):
    """Your own name and title; or (owner) somebody's role; or (owner, moderator) anything of a
    persona but a role. What is null stays."""

    name: Name | None = None
    title: Title | None = None
    role: Role | None = None
    description: PersonaLine | None = None
    prompt: Prompt | None = None
    model: Model | None = None
    fallbacks: Fallbacks | None = None
    avatar: AvatarSign | None = None
    style: ChatStyle | None = None
    is_muted: bool | None = None


class CreateToken(Shape):
    """`expires_in_days` null: it holds until it is revoked."""

    name: Name
    scope: TokenScope = "read"
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = 90


# --- What is answered ------------------------------------------------------------------


class Problem(Shape):
    """An error (RFC 9457): `code` is for machines, `detail` one sentence for people, `data`
    whatever a machine needs to mend it, such as `fields` by name."""

    type: str
    title: str
    status: int
    code: ErrorCode
    detail: str
    data: dict[str, Any]


class Session(Shape):
    """Who you are. `csrf_token` goes into the header `X-CSRFToken` of whatever writes by cookie."""

    kind: Literal["anonymous", "guest", "user"]
    name: str | None
    is_staff: bool
    csrf_token: str
    build: str
    is_demo: bool


class Face(Shape):
    name: str
    kind: ParticipantKind
    avatar: str
    color: int


class Persona(Shape):
    """A persona of the catalogue. `model` null: none is configured."""

    id: Id
    slug: str
    name: str
    title: str
    description: str
    avatar: str
    color: int
    model: str | None
    is_scripted: bool


class PresetRun(Shape):
    """A run that a room can start with: whoever makes it answers `question`, which is the goal. `about` says
    what will happen. The rest is as `run.start` takes it."""

    title: str
    question: str
    about: str
    mode: str
    rounds: int
    quorum: float
    choices: list[str]
    max_turns: int
    max_usd: float


class RunProposal(Shape):
    """`run` is null where none is proposed; `problem` says why one that was can't be run any more."""

    run: PresetRun | None
    problem: str


class Preset(Shape):
    """What a room can start from. `proposal` is a run that it can start with."""

    slug: str
    name: str
    description: str
    room_name: str
    room_description: str
    visibility: Visibility
    persona_ids: list[Id]
    proposal: RunProposal


class PersonaList(Shape):
    results: list[Persona]


class PresetList(Shape):
    results: list[Preset]


class RoomCard(Shape):
    """A room of the lobby. `participants` are the first few of those who are there, `people`
    and `personas` how many there are."""

    id: Id
    name: str
    description: str
    visibility: Visibility
    is_member: bool
    is_archived: bool
    last_activity_at: Time
    participants: list[Face]
    people: int
    personas: int


class RoomPage(Shape):
    """`next` is the address of the next page, null at the end."""

    results: list[RoomCard]
    next: str | None


class InvitedRoom(Shape):
    id: Id
    name: str
    description: str


class Invite(Shape):
    room: InvitedRoom
    participants: list[Face]
    people: int
    personas: int
    is_member: bool


class RoomMade(Shape):
    room_id: Id


class ParticipantList(Shape):
    """Everybody who is there, in the order they came."""

    results: list[ParticipantShape]


class CommandResult(Shape):
    result: dict[str, Any]


class EventPage(Shape):
    """`next` is the address of the events after these, null where there were none left."""

    events: list[Envelope]
    head_seq: int
    next: str | None


class ExcerptPiece(Shape):
    """A piece of a message's text; `is_match`: it was looked for."""

    text: str
    is_match: bool


class SearchHit(Shape):
    """A message that was found, and the part of it around the first match."""

    message: MessageShape
    excerpt: list[ExcerptPiece]


class SearchPage(Shape):
    """`next` is the address of the next page, null at the end."""

    results: list[SearchHit]
    next: str | None


class Token(Shape):
    """A token without its secret. `last_used_at` is within ten minutes of the truth."""

    id: int
    name: str
    scope: TokenScope
    prefix: str
    created_at: Time
    last_used_at: Time | None
    expires_at: Time | None


class TokenList(Shape):
    results: list[Token]


class TokenMade(Shape):
    """`token` is the secret, told this once."""

    token: str
    about: Token
