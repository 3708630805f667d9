"""Making and revoking programs' tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.utils import timezone

from rooms.errors import ParleyError
from rooms.models import ApiToken
from rooms.tokens import PREFIX_CHARACTERS, digest_of, make_token

# Of one account that are not revoked: more is a program that forgets its own.
TOKENS_MOST = 50


def create_token(
    *, user_id: int, name: str, scope: Literal["read", "write"], expires_at: datetime | None
) -> tuple[ApiToken, str]:
    """A token and its text, which nobody can be told again. Raises `invalid` for one too many."""
    require_place(user_id)
    text = make_token()
    row = ApiToken.objects.create(
        user_id=user_id,
        name=name,
        scope=scope,
        prefix=text[:PREFIX_CHARACTERS],
        digest=digest_of(text),
        expires_at=expires_at,
    )
    return row, text


def require_place(user_id: int) -> None:
    """Raises `invalid` where the account has as many tokens as it may."""
    if ApiToken.objects.filter(user_id=user_id, revoked_at=None).count() >= TOKENS_MOST:
        raise ParleyError("invalid", f"An account has at most {TOKENS_MOST} tokens. Revoke one first.")


def revoke_token(*, token: ApiToken) -> None:
    """From now on it opens nothing; its sockets close at their next heartbeat. Twice does no harm."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
