from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from rooms.viewers import Viewer, viewer_of_session


class ViewerAuthentication(SessionAuthentication):
    """The session's viewer as `request.auth`, with CSRF enforced for everybody.

    DRF's own session authentication checks CSRF only for accounts; a guest acts by
    cookie too, and would be open to a forged request.
    """

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser | AnonymousUser, Viewer]:
        django_request: Any = request._request
        self.enforce_csrf(request)  # safe methods pass
        return django_request.user, viewer_of_session(django_request.session)
