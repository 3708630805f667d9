from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from rooms.errors import ParleyError


class BoundedJSONParser(JSONParser):
    """JSON of the size that a socket's frame may have. Raises `too_large`.

    DRF reads past Django's own limit on a body, and JSON nested too deeply is no
    ValueError, so both would end in a 500.
    """

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = stream.read(settings.ROOMS_INBOUND_BYTES + 1)
        if len(body) > settings.ROOMS_INBOUND_BYTES:
            raise ParleyError("too_large", "This request is too large.")
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise ParseError from None
