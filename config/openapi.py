"""The OpenAPI document: what `/api/schema/` serves and docs/openapi.yaml holds."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, JsonResponse


class OpenApiError(Exception):
    """A view that can't be described; the message names it."""


@cache
def document() -> dict[str, Any]:
    """The document, made once a process: it depends on the code alone."""
    # Imported only here and below: it would cost every web process 8 MB.
    from drf_spectacular.generators import SchemaGenerator

    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


def checked_yaml() -> str:
    """The document as YAML. Raises OpenApiError where a view is not described, or wrongly."""
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.renderers import OpenApiYamlRenderer
    from drf_spectacular.validation import validate_schema

    GENERATOR_STATS.reset()
    schema = document.__wrapped__()
    if GENERATOR_STATS:
        raise OpenApiError("Mend what is named above.")
    validate_schema(schema)
    text: bytes = OpenApiYamlRenderer().render(schema, renderer_context={})
    return text.decode()


def serve(request: HttpRequest) -> JsonResponse:
    return JsonResponse(document())
