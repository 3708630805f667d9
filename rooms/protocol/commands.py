"""What a client may ask of a room, over the socket or REST.

A command frame is `{"type", "command_id", "data"}`. `command_id` (a UUID that the
client makes) is its idempotency key: the same command sent twice is done once and
answered alike; the same id with another body is refused.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from rooms.protocol.base import Id, Shape
from rooms.protocol.shapes import ChatStyle, HandPolicy, Role, Visibility, WakePolicy

MESSAGE_CHARACTERS = 32_000
NAME_CHARACTERS = 60
TITLE_CHARACTERS = 80
DESCRIPTION_CHARACTERS = 4_000
PERSONA_LINE_CHARACTERS = 200
PROMPT_CHARACTERS = 12_000
MODEL_CHARACTERS = 200
FALLBACKS_MOST = 3
AVATAR_CHARACTERS = 8


def _without_nul(text: str) -> str:
    # PostgreSQL's text can't hold it.
    if "\x00" in text:
        raise ValueError("can't contain the character NUL")
    return text


_NO_NUL = AfterValidator(_without_nul)

MessageText = Annotated[str, StringConstraints(min_length=1, max_length=MESSAGE_CHARACTERS)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARACTERS)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=TITLE_CHARACTERS), _NO_NUL]
Description = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=DESCRIPTION_CHARACTERS), _NO_NUL
]
PersonaLine = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=PERSONA_LINE_CHARACTERS), _NO_NUL
]
Prompt = Annotated[str, StringConstraints(strip_whitespace=True, max_length=PROMPT_CHARACTERS), _NO_NUL]
Model = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MODEL_CHARACTERS), _NO_NUL]
Fallbacks = Annotated[list[Model], Field(max_length=FALLBACKS_MOST)]
AvatarSign = Annotated[str, StringConstraints(strip_whitespace=True, max_length=AVATAR_CHARACTERS), _NO_NUL]

# Four places are kept.
Dollars = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]


# 0 stands for the server's default: null keeps what there is.
MEMORY_TOKENS_LEAST, MEMORY_TOKENS_MOST = 2_000, 1_000_000


def _is_enough(tokens: int) -> int:
    if tokens and tokens < MEMORY_TOKENS_LEAST:
        raise ValueError(f"give 0 or at least {MEMORY_TOKENS_LEAST}")
    return tokens


MemoryTokens = Annotated[int, Field(ge=0, le=MEMORY_TOKENS_MOST), AfterValidator(_is_enough)]


class CommandData(Shape):
    """The `data` of one command type."""

    type: ClassVar[str]
    summary: ClassVar[str]


class PostMessage(CommandData):
    type: ClassVar[str] = "message.post"
    summary: ClassVar[str] = (
        "Say something. Mentioned personas are woken, and the one that it replies to; `is_quiet` wakes"
        " nobody. Result: `message_id`."
    )
    text: MessageText
    reply_to_id: Id | None = None
    is_quiet: bool = False


class RenameRoom(CommandData):
    type: ClassVar[str] = "room.rename"
    summary: ClassVar[str] = "Give the room another name (owner, moderator)."
    name: Name


class ChangeRoom(CommandData):
    type: ClassVar[str] = "room.change"
    summary: ClassVar[str] = (
        "Change the room's name, context, visibility, the model and fallbacks of personas that have"
        " none, who answers a message that calls nobody, who grants raised hands, or how many tokens of it"
        " personas are given (0: the server's default); null keeps (owner, moderator)."
    )
    name: Name | None = None
    description: Description | None = None
    visibility: Visibility | None = None
    default_model: Model | None = None
    fallback_models: Fallbacks | None = None
    wake_policy: WakePolicy | None = None
    hands: HandPolicy | None = None
    memory_tokens: MemoryTokens | None = None


class SetRoomLimits(CommandData):
    type: ClassVar[str] = "room.set_limits"
    summary: ClassVar[str] = (
        "Limit what personas may use in the room: what is given is set, null or 0 leaves it to the"
        " server, what is not given stays. Money in US dollars (owner, moderator)."
    )
    chain_depth: Annotated[int, Field(ge=0, le=20)] | None = None
    chain_turns: Annotated[int, Field(ge=0, le=200)] | None = None
    chain_tokens: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    chain_usd: Dollars | None = None
    day_usd: Dollars | None = None
    person_day_usd: Dollars | None = None


class ArchiveRoom(CommandData):
    type: ClassVar[str] = "room.archive"
    summary: ClassVar[str] = "Make the room read-only and take it off the lists (owner)."


class RestoreRoom(CommandData):
    type: ClassVar[str] = "room.restore"
    summary: ClassVar[str] = "Open an archived room again (owner)."


class RenewInvite(CommandData):
    type: ClassVar[str] = "room.renew_invite"
    summary: ClassVar[str] = "Replace the join link; the old one stops working (owner)."


class RenameSelf(CommandData):
    type: ClassVar[str] = "participant.rename"
    summary: ClassVar[str] = "Change your own name and title in this room; null keeps."
    name: Name | None = None
    title: Title | None = None


class LeaveRoom(CommandData):
    type: ClassVar[str] = "participant.leave"
    summary: ClassVar[str] = "Leave the room. The only owner can't while other people are in it."


class RemoveParticipant(CommandData):
    type: ClassVar[str] = "participant.remove"
    summary: ClassVar[str] = (
        "Remove a person or a persona (owner; a moderator not an owner or moderator). With `ban` a"
        " person can't join again; once more without it lifts the ban."
    )
    participant_id: Id
    ban: bool = False


class SetRole(CommandData):
    type: ClassVar[str] = "participant.set_role"
    summary: ClassVar[str] = "Give a person another role (owner). One owner stays."
    participant_id: Id
    role: Role


class AddPersona(CommandData):
    type: ClassVar[str] = "persona.add"
    summary: ClassVar[str] = (
        "Seat a persona: a copy of the catalogue's `persona_id`, or one made here, which needs a"
        " `name` (owner, moderator). Result: `participant_id`."
    )
    persona_id: Id | None = None
    name: Name | None = None
    title: Title = ""
    description: PersonaLine = ""
    prompt: Prompt = ""
    model: Model = ""
    fallbacks: Fallbacks = []
    avatar: AvatarSign = ""
    style: ChatStyle = "conversational"

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if self.persona_id is None and self.name is None:
            raise ValueError("give a persona_id, or the name of a persona to make")
        if self.persona_id is not None and self.model_fields_set != {"persona_id"}:
            raise ValueError("a persona of the catalogue comes as it is: edit it afterwards")
        return self


class EditPersona(CommandData):
    type: ClassVar[str] = "persona.edit"
    summary: ClassVar[str] = (
        "Change a persona in this room; null keeps, and a blank `model` means the room's default"
        " (owner, moderator)."
    )
    participant_id: Id
    name: Name | None = None
    title: Title | None = None
    description: PersonaLine | None = None
    prompt: Prompt | None = None
    model: Model | None = None
    fallbacks: Fallbacks | None = None
    avatar: AvatarSign | None = None
    style: ChatStyle | None = None


class MutePersona(CommandData):
    type: ClassVar[str] = "persona.mute"
    summary: ClassVar[str] = (
        "Have a persona say nothing in this room, or let it speak again (owner, moderator). What it"
        " is writing or was called for before goes on."
    )
    participant_id: Id
    is_muted: bool = True


class CommandFrame(Shape):
    """A command as it comes in; `data` is checked against the CommandData of `type`."""

    type: Annotated[str, StringConstraints(max_length=64)]
    command_id: Id
    data: dict[str, Any] = Field(default_factory=dict)


CORE_COMMANDS: tuple[type[CommandData], ...] = (
    PostMessage,
    RenameRoom,
    ChangeRoom,
    SetRoomLimits,
    ArchiveRoom,
    RestoreRoom,
    RenewInvite,
    RenameSelf,
    LeaveRoom,
    RemoveParticipant,
    SetRole,
    AddPersona,
    EditPersona,
    MutePersona,
)
