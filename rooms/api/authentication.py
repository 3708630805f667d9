"""Who is asking, as `request.auth`: a `rooms.viewers.Viewer`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from rooms.tokens import bearer_of, find_token
from rooms.viewers import Viewer, viewer_of_session, viewer_of_token


class TokenAuthentication(BaseAuthentication):
    """A program's token. No browser sends it by itself, so there is nothing to forge, and no
    CSRF token to ask for. Raises `token_invalid`: who shows a token is never somebody else."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, Viewer] | None:
        bearer = bearer_of(request.headers.get("Authorization"))
        if bearer is None:
            return None
        token = find_token(bearer)
        return token.user, viewer_of_token(token)


class SessionViewerAuthentication(SessionAuthentication):
    """The session's viewer, with CSRF enforced for everybody.

    DRF's own session authentication checks CSRF only for accounts; a guest acts by
    cookie too, and would be open to a forged request.
    """

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser | AnonymousUser, Viewer]:
        django_request: Any = request._request
        self.enforce_csrf(request)  # safe methods pass
        return django_request.user, viewer_of_session(django_request.session)
