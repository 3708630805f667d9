"""What all shapes share: immutable, strict about what comes in, plain JSON out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema


def format_time(moment: datetime) -> str:
    """`moment` (aware) as ISO 8601 in UTC with milliseconds, as JavaScript prints it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_DateTime = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
_Uuid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]

Time = Annotated[datetime, PlainSerializer(format_time, return_type=_DateTime)]
Id = Annotated[UUID, PlainSerializer(str, return_type=_Uuid)]


class Shape(BaseModel):
    """A value of the protocol.

    Serialization defaults are required so that a defaulted field, a `type` tag
    above all, is not optional in the TypeScript that is made from the schema.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_serialization_defaults_required=True,
    )
