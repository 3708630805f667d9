"""The OpenAPI document: what `/api/schema/` serves and docs/openapi.yaml holds."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, JsonResponse
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema


class OpenApiError(Exception):
    """A view that can't be described; the message names it."""


@cache
def document() -> dict[str, Any]:
    """The document, made once a process: it depends on the code alone."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


def checked_yaml() -> str:
    """The document as YAML. Raises OpenApiError where a view is not described, or wrongly."""
    GENERATOR_STATS.reset()
    schema = document.__wrapped__()
    if GENERATOR_STATS:
        raise OpenApiError("Describe what is named above with rooms.api.openapi.documented.")
    validate_schema(schema)
    text: bytes = OpenApiYamlRenderer().render(schema, renderer_context={})
    return text.decode()


def serve(request: HttpRequest) -> JsonResponse:
    return JsonResponse(document())
