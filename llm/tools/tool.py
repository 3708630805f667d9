"""What a tool is, and what its use comes to. Reads no database: the tools do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from llm.cleaning import cleaned
from llm.gateway.types import ToolDefinition
from llm.models import Turn
from rooms.access import Seat


class Arguments(BaseModel):
    """What a model gives to a tool. Lenient: models send numbers as text, and more than is asked."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


A = TypeVar("A", bound=Arguments)


class BadArguments(Exception):
    """Arguments that are not JSON, or not what the tool takes. The text is for the model."""


@dataclass(frozen=True)
class ToolUse:
    """One use of a tool in a running turn.

    `seat` is the persona's: hand it to the room's actions as `by`. `command_id` is the same
    however often this one use is tried. `has_said` is what people see of the turn so far;
    `is_insisting`: the turn was told already that it may not do this.
    """

    turn: Turn
    seat: Seat
    command_id: UUID
    has_said: str = ""
    is_insisting: bool = False


@dataclass(frozen=True)
class Mentioned:
    """Somebody whom a turn hands over to or calls, with what is asked of them."""

    participant_id: UUID
    name: str
    task: str
    is_persona: bool


@dataclass(frozen=True)
class Result:
    """What a use came to.

    `text` is told to the model, if it is asked again; it is not where all that it did in one
    go `is_final`. `passed` is the reason of a turn that ends without a message;
    `is_enough`: this was what the turn was for, and it needs no message.
    """

    text: str
    is_final: bool = False
    passed: str | None = None
    is_enough: bool = False
    mentions: tuple[Mentioned, ...] = ()

    def to_json(self) -> dict[str, Any]:
        mentions = [
            {**vars(mention), "participant_id": str(mention.participant_id)} for mention in self.mentions
        ]
        return {**vars(self), "mentions": mentions}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Result:
        mentions = (
            Mentioned(**{**mention, "participant_id": UUID(mention["participant_id"])})
            for mention in kept["mentions"]
        )
        return cls(**{**kept, "mentions": tuple(mentions)})


@dataclass(frozen=True)
class TextForm:
    """How a model without tools writes a use into its text: a line "[[keyword: …]]".

    `read` makes the arguments out of what stands behind the keyword, without a colon at its
    beginning. `example` is shown to the model, with what it is for.
    """

    keyword: str
    example: str
    read: Callable[[str], dict[str, Any]]


def head_and_words(rest: str) -> tuple[str, str]:
    """What stands before the first colon of a written use, and behind it."""
    head, _, words = rest.replace("\uff1a", ":").partition(":")
    return head.strip(), words.strip()


@dataclass(frozen=True)
class Tool(Generic[A]):
    """`name` and `description` are for models, as are the docstrings of `arguments`' fields.

    `keeps_arguments`: whether the record of a use has them.
    `run` is called in a transaction in which the turn is still its worker's; what it raises as
    a ParleyError undoes it, and its sentence is told to the model.
    """

    name: str
    description: str
    arguments: type[A]
    run: Callable[[ToolUse, A], Result]
    text_form: TextForm | None = None
    keeps_arguments: bool = True

    def definition(self) -> ToolDefinition:
        return ToolDefinition(self.name, self.description, schema_of(self.arguments))

    def read(self, arguments: str) -> A:
        """The arguments out of the JSON that a model wrote. Raises BadArguments."""
        try:
            value = json.loads(arguments.strip() or "{}", strict=False)
            if isinstance(value, str):  # encoded twice
                value = json.loads(value, strict=False)
        except (ValueError, RecursionError):
            raise BadArguments(f"The arguments of {self.name} are not valid JSON.") from None
        if not isinstance(value, dict):
            raise BadArguments(f"The arguments of {self.name} must be one JSON object.")
        try:
            return self.arguments.model_validate(_cleaned(value))
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, problem['loc'])) or 'arguments'}: {problem['msg']}"
                for problem in error.errors(include_url=False, include_input=False)[:5]
            )
            raise BadArguments(f"The arguments of {self.name} do not fit: {problems}.") from None


def _cleaned(value: Any) -> Any:
    """JSON can spell what can't be stored: \\u0000, or half of a character."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, list):
        return [_cleaned(part) for part in value]
    return (
        {cleaned(name): _cleaned(part) for name, part in value.items()} if isinstance(value, dict) else value
    )


def schema_of(arguments: type[Arguments]) -> dict[str, Any]:
    """The JSON schema of `arguments`, without the titles that pydantic makes up."""
    schema: dict[str, Any] = _without_titles(arguments.model_json_schema())
    schema.pop("description", None)
    return schema


def _without_titles(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_titles(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    # A title is text; a property of that name is a schema.
    return {
        name: _without_titles(part)
        for name, part in schema.items()
        if name != "title" or not isinstance(part, str)
    }
