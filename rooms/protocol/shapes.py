"""The things of a room, as everybody in it sees them."""

from __future__ import annotations

from typing import Literal

from rooms.protocol.base import Id, Shape, Time

ParticipantKind = Literal["human", "persona"]
Role = Literal["owner", "moderator", "member", "viewer"]
Visibility = Literal["public", "link", "private"]
ChatStyle = Literal["conversational", "detailed", "bullet"]
MessageState = Literal["complete", "streaming", "stopped", "failed"]
WakePolicy = Literal["silent", "reply_only", "router"]
HandPolicy = Literal["people", "policy"]
MessageKind = Literal["chat", "notice", "poll"]


class ErrorShape(Shape):
    """What went wrong: `code` for machines, `message` one sentence for people."""

    code: str
    message: str


class RoomLimits(Shape):
    """What personas may use in a room, of its own; null leaves it to the server.

    `chain_…`: what one message of a person may lead to, as hand-overs in a row, replies,
    tokens and US dollars. `day_usd`: the room in a day; `person_day_usd`: one person in it. A
    room's tokens and money hold beside the server's limits and can't lift them.
    """

    chain_depth: int | None
    chain_turns: int | None
    chain_tokens: int | None
    chain_usd: float | None
    day_usd: float | None
    person_day_usd: float | None


class RoomShape(Shape):
    """A room. `invite` is the secret of its join link; only members are given a RoomShape.

    `default_model` is what personas without a model of their own answer with; blank means
    the server's default. `fallback_models` are asked, in their order, where that model does
    not answer. `wake_policy` says who answers a message that calls nobody: nobody,
    whoever the author was talking with, or whom a small model names. `hands` says who grants the raised
    hand of a persona: people, or nobody, since the oldest is granted by itself.
    `memory_tokens` is how much of the room personas are given to read; null means
    the server's default.
    """

    id: Id
    name: str
    description: str
    visibility: Visibility
    invite: str
    default_model: str
    fallback_models: list[str]
    wake_policy: WakePolicy
    hands: HandPolicy
    memory_tokens: int | None
    limits: RoomLimits
    created_at: Time
    archived_at: Time | None


class ParticipantShape(Shape):
    """A person or a persona in a room.

    `model` is what a persona answers with now (null for people): its own model,
    else the room's, else the server's. `is_scripted` marks the built-in demo
    models, which are no AI. `has_tools` says whether the model can call tools; null where
    that is not known, and for people. `style` is how a persona writes. `left_at` is set for
    somebody who left or was removed: their messages stay. `is_banned`: removed, and no
    invite lets them in. `aliases` are other names that mention a persona. `is_muted`: a persona
    that does not speak in this room until it is unmuted.
    """

    id: Id
    kind: ParticipantKind
    name: str
    aliases: list[str]
    title: str
    description: str
    avatar: str
    color: int
    role: Role
    model: str | None
    is_scripted: bool
    has_tools: bool | None
    style: ChatStyle
    is_muted: bool
    joined_at: Time
    left_at: Time | None
    is_banned: bool


class PersonaSetup(Shape):
    """How a persona of a room is set up. A blank `model` means the room's default; without
    `fallbacks` it has the room's."""

    participant_id: Id
    prompt: str
    model: str
    fallbacks: list[str]
    style: ChatStyle


class MessageShape(Shape):
    """A message, whole.

    `seq` is its place in the room: the number of the event that created it.
    While `state` is "streaming", `text` is the text through delta `index` of `fence`;
    the next `message.deltas` entry to append is `index + 1` of the same fence.
    `command_id` is the id of the command that posted it, by which its author's
    browser recognises its own pending message. `turn_id` names the turn that wrote
    it (personas only), the last one where it was continued. `error` says why it failed or
    was stopped, and with "complete" and the code `length` that it was cut. `is_quiet`: posted
    so that it wakes nobody.
    """

    id: Id
    seq: int
    kind: MessageKind
    participant_id: Id
    text: str
    state: MessageState
    error: ErrorShape | None
    reply_to_id: Id | None
    is_quiet: bool
    turn_id: Id | None
    command_id: Id | None
    fence: int
    index: int
    created_at: Time
    finished_at: Time | None


class YouShape(Shape):
    """Who the connection or request is in this room."""

    participant_id: Id
    role: Role
