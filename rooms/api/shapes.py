"""Bodies of requests that are not commands of a room."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rooms.protocol.base import Id, Shape
from rooms.protocol.commands import Description, Name, Title
from rooms.protocol.shapes import ChatStyle, Visibility


class NameYourself(Shape):
    name: Name


class CreateRoom(Shape):
    command_id: Id
    name: Name
    description: Description = ""
    visibility: Visibility = "link"
    persona_ids: Annotated[list[Id], Field(max_length=50)] = []


class JoinRoom(Shape):
    command_id: Id
    name: Name
    title: Title = ""


class PersonaSetup(Shape):
    """How a persona of a room is set up. A blank `model` means the room's default."""

    participant_id: Id
    prompt: str
    model: str
    style: ChatStyle
