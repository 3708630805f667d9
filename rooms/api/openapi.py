"""How views are told to OpenAPI: by the pydantic shapes that they read and answer.

drf-spectacular knows pydantic too, but describes only what goes out, and what comes in has
defaults and bounds of its own.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.drainage import error, warn
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from pydantic import BaseModel

from rooms import extensions
from rooms.api.described import Operation
from rooms.api.examples import EXAMPLES
from rooms.api.shapes import Problem
from rooms.protocol.commands import CommandFrame

Schema = dict[str, Any]

_COMPONENTS = "#/components/schemas/"
_EXAMPLES = {shape.__name__: example for shape, example in EXAMPLES.items()}
_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    description="The same request with the same key is done once and answered alike.",
)


class Body:
    """A shape where drf-spectacular expects a serializer."""

    def __init__(self, shape: type[BaseModel]) -> None:
        self.shape = shape


_REFUSAL = OpenApiResponse(Body(Problem), description="Refused, and nothing was changed.")


class ParleySchema(AutoSchema):
    """A view's operations, by `rooms.api.described`. One that is not described is an error."""

    @property
    def operation(self) -> Operation | None:
        return getattr(getattr(self.view, self.method.lower()), "operation", None)

    def get_operation_id(self) -> str:
        if self.operation is None:
            error(f"{self.method} {self.path} is not described: see rooms.api.described.")
            return str(super().get_operation_id())
        return self.operation.name

    def get_tags(self) -> list[str]:
        return [self.operation.tag] if self.operation else []

    def get_override_parameters(self) -> list[Any]:
        if self.operation is None:
            return []
        asked = [
            OpenApiParameter(q.name, q.type, description=q.description, required=q.is_required)
            for q in self.operation.query
        ]
        return [*asked, _KEY] if self.operation.has_key else asked

    def get_request_serializer(self) -> Any:
        takes = self.operation.takes if self.operation else None
        return Body(takes) if takes else None

    def get_response_serializers(self) -> Any:
        if self.operation is None:
            return {}
        gives = self.operation.gives
        return {
            self.operation.status: Body(gives) if gives else None,
            ("default", "application/problem+json"): _REFUSAL,
        }


class ShapeExtension(OpenApiSerializerExtension):
    """A shape's JSON schema as components: as it is checked for a request, as it is sent for an answer."""

    target_class = "rooms.api.openapi.Body"

    def get_name(self, auto_schema: Any, direction: str) -> str:
        name: str = self.target.shape.__name__
        return name

    def get_identity(self, auto_schema: Any, direction: str) -> Any:
        # By name: what is met inside another shape is known by no more.
        return self.get_name(auto_schema, direction)

    def map_serializer(self, auto_schema: Any, direction: str) -> Schema:
        shape = self.target.shape
        if shape is CommandFrame:
            return {"oneOf": [_command(auto_schema, command) for command in extensions.all_commands()]}
        mode: Any = "validation" if direction == "request" else "serialization"
        schema: Schema = shape.model_json_schema(mode=mode, ref_template=_COMPONENTS + "{model}")
        for name, part in schema.pop("$defs", {}).items():
            part = _described(name, part, direction)
            component = ResolvedComponent(name, ResolvedComponent.SCHEMA, part, name)
            auto_schema.registry.register_on_missing(component)
            if auto_schema.registry[component].schema not in (part, None):
                warn(f"Two different shapes are called {name}: rename one of them.")
        return _described(shape.__name__, schema, direction)


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "rooms.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> Schema:
        about = "A token of an account (`parley_…`). Its scope is `read`, or `write`, which reads as well."
        return {"type": "http", "scheme": "bearer", "description": about}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "rooms.api.authentication.SessionViewerAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> Schema:
        about = "A browser's session. What writes also needs `X-CSRFToken`, from `GET /api/session/`."
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": about}


def _command(auto_schema: Any, command: Any) -> Schema:
    data = auto_schema.resolve_serializer(Body(command), "request").ref
    return {
        "type": "object",
        "title": command.type,
        "description": command.summary,
        "required": ["type", "command_id"],
        "properties": {
            "type": {"const": command.type},
            "command_id": {"type": "string", "format": "uuid"},
            "data": data,
        },
    }


def _described(name: str, schema: Schema, direction: str) -> Schema:
    example = _EXAMPLES.get(name)
    tidy: Schema = _tidy(schema, direction)
    return tidy if example is None else {**tidy, "examples": [example]}


def _tidy(schema: Any, direction: str) -> Any:
    """Without pydantic's titles, which repeat the names; and open where we may add to it later."""
    if isinstance(schema, list):
        return [_tidy(part, direction) for part in schema]
    if not isinstance(schema, dict):
        return schema
    is_closed = schema.get("additionalProperties") is False and direction == "response"
    left_out = {"additionalProperties"} if is_closed else set()
    if isinstance(schema.get("title"), str):
        left_out.add("title")
    return {
        key: part if key == "default" else _tidy(part, direction)
        for key, part in schema.items()
        if key not in left_out
    }
