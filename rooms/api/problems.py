"""Errors as problem details (RFC 9457), with the same codes as on the socket."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from rooms.database import AWAY
from rooms.errors import ParleyError, not_found

logger = logging.getLogger(__name__)

_CODES: dict[type[Exception], tuple[str, str]] = {
    exceptions.ParseError: ("malformed", "The request's body is not JSON."),
    exceptions.PermissionDenied: ("not_allowed", "This request was refused; reload the page and try again."),
    exceptions.MethodNotAllowed: ("invalid", "This method is not offered here."),
    exceptions.UnsupportedMediaType: ("malformed", "Send JSON (Content-Type: application/json)."),
    exceptions.NotAcceptable: ("invalid", "This can only be had as JSON."),
}


def problem(status: int, code: str, detail: str, data: dict[str, Any] | None = None) -> Response:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "data": data or {},
    }
    return Response(body, status=status, content_type="application/problem+json")


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Unknown errors go on to Django (500, logged)."""
    if isinstance(error, Http404):
        error = not_found()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, AWAY):
        logger.warning("The database did not answer a request: %s", type(error).__name__)
        error = ParleyError("unavailable", "This could not be done now; try again.")
    if isinstance(error, ParleyError):
        response = problem(error.status, error.code, error.message, error.detail)
        if error.code == "token_invalid":
            response["WWW-Authenticate"] = "Bearer"
        if "retry_after" in error.detail:
            response["Retry-After"] = str(error.detail["retry_after"])
        return response
    if isinstance(error, exceptions.APIException):
        code, detail = _CODES.get(type(error), ("invalid", str(error.detail)))
        return problem(error.status_code, code, detail)
    return None
