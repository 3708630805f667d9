"""The room's own commands, from the protocol to their actions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rooms.access import Seat
from rooms.actions.departures import leave_room, remove_participant
from rooms.actions.limits import set_limits
from rooms.actions.messages import post_message
from rooms.actions.personas import (
    PersonaSketch,
    add_from_catalogue,
    add_new_persona,
    edit_persona,
    mute_persona,
)
from rooms.actions.rooms import archive_room, change_room, renew_invite, restore_room
from rooms.actions.roster import rename_self, set_role
from rooms.extensions import CommandSpec, register_command
from rooms.protocol.commands import (
    AddPersona,
    ArchiveRoom,
    ChangeRoom,
    EditPersona,
    LeaveRoom,
    MutePersona,
    PostMessage,
    RemoveParticipant,
    RenameRoom,
    RenameSelf,
    RenewInvite,
    RestoreRoom,
    SetRole,
    SetRoomLimits,
)


def _post(seat: Seat, data: PostMessage, command_id: UUID) -> dict[str, Any]:
    message = post_message(
        by=seat,
        text=data.text,
        reply_to_id=data.reply_to_id,
        is_quiet=data.is_quiet,
        command_id=command_id,
    )
    return {"message_id": str(message.pk)}


def _rename_room(seat: Seat, data: RenameRoom, command_id: UUID) -> dict[str, Any]:
    change_room(by=seat, name=data.name)
    return {}


def _change_room(seat: Seat, data: ChangeRoom, command_id: UUID) -> dict[str, Any]:
    change_room(by=seat, **data.model_dump())
    return {}


def _set_limits(seat: Seat, data: SetRoomLimits, command_id: UUID) -> dict[str, Any]:
    set_limits(by=seat, given=data.model_dump(exclude_unset=True))
    return {}


def _archive(seat: Seat, data: ArchiveRoom, command_id: UUID) -> dict[str, Any]:
    archive_room(by=seat)
    return {}


def _restore(seat: Seat, data: RestoreRoom, command_id: UUID) -> dict[str, Any]:
    restore_room(by=seat)
    return {}


def _renew_invite(seat: Seat, data: RenewInvite, command_id: UUID) -> dict[str, Any]:
    renew_invite(by=seat)
    return {}


def _rename_self(seat: Seat, data: RenameSelf, command_id: UUID) -> dict[str, Any]:
    rename_self(by=seat, name=data.name, title=data.title)
    return {}


def _leave(seat: Seat, data: LeaveRoom, command_id: UUID) -> dict[str, Any]:
    leave_room(by=seat)
    return {}


def _remove(seat: Seat, data: RemoveParticipant, command_id: UUID) -> dict[str, Any]:
    remove_participant(by=seat, participant_id=data.participant_id, ban=data.ban)
    return {}


def _set_role(seat: Seat, data: SetRole, command_id: UUID) -> dict[str, Any]:
    set_role(by=seat, participant_id=data.participant_id, role=data.role)
    return {}


def _add_persona(seat: Seat, data: AddPersona, command_id: UUID) -> dict[str, Any]:
    if data.persona_id is not None:
        persona = add_from_catalogue(by=seat, persona_id=data.persona_id)
    else:
        persona = add_new_persona(by=seat, sketch=PersonaSketch(**data.model_dump(exclude={"persona_id"})))
    return {"participant_id": str(persona.pk)}


def _edit_persona(seat: Seat, data: EditPersona, command_id: UUID) -> dict[str, Any]:
    edit_persona(by=seat, **{**data.model_dump(), "participant_id": data.participant_id})
    return {}


def _mute_persona(seat: Seat, data: MutePersona, command_id: UUID) -> dict[str, Any]:
    mute_persona(by=seat, participant_id=data.participant_id, is_muted=data.is_muted)
    return {}


def register() -> None:
    register_command(CommandSpec(PostMessage, "speak", _post))
    register_command(CommandSpec(RenameRoom, "moderate", _rename_room))
    register_command(CommandSpec(ChangeRoom, "moderate", _change_room))
    register_command(CommandSpec(SetRoomLimits, "moderate", _set_limits))
    register_command(CommandSpec(ArchiveRoom, "own", _archive))
    register_command(CommandSpec(RestoreRoom, "own", _restore))
    register_command(CommandSpec(RenewInvite, "own", _renew_invite))
    register_command(CommandSpec(RenameSelf, "read", _rename_self))
    register_command(CommandSpec(LeaveRoom, "read", _leave))
    register_command(CommandSpec(RemoveParticipant, "moderate", _remove))
    register_command(CommandSpec(SetRole, "own", _set_role))
    register_command(CommandSpec(AddPersona, "moderate", _add_persona))
    register_command(CommandSpec(EditPersona, "moderate", _edit_persona))
    register_command(CommandSpec(MutePersona, "moderate", _mute_persona))
