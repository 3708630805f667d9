"""Programs' tokens: how one looks, and whom it names."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from rooms.errors import ParleyError
from rooms.models import ApiToken

MARK = "parley_"
# Enough to tell one's tokens apart, far too little to guess the rest.
PREFIX_CHARACTERS = 12
# A line in the database for every request would cost more than the request.
USE_NOTED = timedelta(minutes=10)


def make_token() -> str:
    """A new secret of 256 bits. The mark lets a scanner of leaked secrets know it."""
    return MARK + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is stored and looked up: a secret that nobody can guess needs no slow hash, and
    how long a look-up takes tells of the hash alone, whose preimage nobody can choose."""
    return hashlib.sha256(token.encode()).hexdigest()


def bearer_of(header: str | None) -> str | None:
    """The token of an `Authorization` header, None for another scheme (a proxy's, perhaps)."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def find_token(token: str) -> ApiToken:
    """The token of an active account that is neither revoked nor expired, with its `user`.

    Raises `token_invalid`, the same for every reason.
    """
    now = timezone.now()
    found = (
        ApiToken.objects.select_related("user")
        .filter(digest=digest_of(token), revoked_at=None, user__is_active=True)
        .exclude(expires_at__lte=now)
        .first()
    )
    if found is None:
        raise ParleyError("token_invalid", "This token is not valid: mistyped, expired or revoked.")
    if found.last_used_at is None or found.last_used_at < now - USE_NOTED:
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return found
