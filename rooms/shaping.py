"""From rows to the protocol's shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from rooms import extensions, livetext
from rooms.extensions import ResolvedModel
from rooms.models import Message, Participant, Room
from rooms.protocol.shapes import (
    ChatStyle,
    ErrorShape,
    HandPolicy,
    MessageKind,
    MessageShape,
    MessageState,
    ParticipantKind,
    ParticipantShape,
    Role,
    RoomLimits,
    RoomShape,
    Visibility,
    WakePolicy,
)


def room_shape(room: Room) -> RoomShape:
    return RoomShape(
        id=room.pk,
        name=room.name,
        description=room.description,
        visibility=cast(Visibility, room.visibility),
        invite=room.invite,
        default_model=room.default_model,
        fallback_models=room.fallback_models,
        wake_policy=cast(WakePolicy, room.wake_policy),
        hands=cast(HandPolicy, room.hands),
        memory_tokens=room.memory_tokens,
        limits=room_limits(room),
        created_at=room.created_at,
        archived_at=room.archived_at,
    )


def room_limits(room: Room) -> RoomLimits:
    return RoomLimits(
        chain_depth=room.chain_depth,
        chain_turns=room.chain_turns,
        chain_tokens=room.chain_tokens,
        chain_usd=_dollars(room.chain_usd),
        day_usd=_dollars(room.day_usd),
        person_day_usd=_dollars(room.person_day_usd),
    )


def _dollars(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def participant_shape(participant: Participant, room: Room) -> ParticipantShape:
    """`room` is the participant's."""
    return participant_shapes([participant], room)[0]


def participant_shapes(participants: Sequence[Participant], room: Room) -> list[ParticipantShape]:
    """The room's participants, in order, with one query for all of their models."""
    models = {
        participant.pk: extensions.model_of(participant, room)
        for participant in participants
        if participant.kind == Participant.Kind.PERSONA
    }
    tools = extensions.tools_of({model.name for model in models.values() if not model.is_scripted})
    return [
        _participant_shape(participant, models.get(participant.pk), tools) for participant in participants
    ]


def _participant_shape(
    participant: Participant, model: ResolvedModel | None, tools: Mapping[str, bool | None]
) -> ParticipantShape:
    return ParticipantShape(
        id=participant.pk,
        kind=cast(ParticipantKind, participant.kind),
        name=participant.name,
        aliases=participant.aliases,
        title=participant.title,
        description=participant.description,
        avatar=participant.avatar,
        color=participant.color,
        role=cast(Role, participant.role),
        model=model.name if model else None,
        is_scripted=model.is_scripted if model else False,
        has_tools=tools.get(model.name) if model else None,
        style=cast(ChatStyle, participant.style),
        is_muted=participant.is_muted,
        joined_at=participant.joined_at,
        left_at=participant.left_at,
        is_banned=participant.is_banned,
    )


def message_shape(message: Message, live: livetext.LiveText | None = None) -> MessageShape:
    """The message; with `live`, its text so far where that is further than the checkpoint."""
    text, index = message.text, message.index
    if live is not None and live.fence == message.fence and live.index >= index:
        text, index = live.text, live.index
    error = ErrorShape(code=message.error_code, message=message.error_message) if message.error_code else None
    return MessageShape(
        id=message.pk,
        seq=message.seq or 0,
        kind=cast(MessageKind, message.kind),
        participant_id=message.participant_id,
        text=text,
        state=cast(MessageState, message.state),
        error=error,
        reply_to_id=message.reply_to_id,
        is_quiet=message.is_quiet,
        turn_id=message.turn_id,
        command_id=message.command_id,
        fence=message.fence,
        index=index,
        created_at=message.created_at,
        finished_at=message.finished_at,
    )


def current_message_shape(message: Message) -> MessageShape:
    """The message as it is at this moment: with its live text while it streams."""
    is_live = message.state == Message.State.STREAMING
    return message_shape(message, livetext.read(message.pk) if is_live else None)
