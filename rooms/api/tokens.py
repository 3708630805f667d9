"""One's own tokens, for somebody who is signed in: a token can't make another."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from rooms import commands
from rooms.actions.tokens import create_token, revoke_token
from rooms.api import shapes
from rooms.api.base import ParleyView
from rooms.api.described import documented
from rooms.errors import ParleyError, not_found
from rooms.models import ApiToken


class _OwnTokensView(ParleyView):
    def own(self) -> tuple[int, QuerySet[ApiToken]]:
        """The signed-in account and its tokens that are not revoked. Raises `not_allowed`."""
        user_id = self.viewer.user_id
        if user_id is None or self.viewer.scope != "person":
            raise ParleyError("not_allowed", "Sign in with an account: tokens are managed there.")
        return user_id, ApiToken.objects.filter(user_id=user_id, revoked_at=None)


class TokensView(_OwnTokensView):
    @documented("listTokens", "tokens", gives=shapes.TokenList)
    def get(self, request: Request) -> Response:
        """Your tokens, without their secrets."""
        _, tokens = self.own()
        return self.answer(shapes.TokenList(results=[_shape(token) for token in tokens]))

    @documented("createToken", "tokens", takes=shapes.CreateToken, gives=shapes.TokenMade, status=201)
    def post(self, request: Request) -> Response:
        """A new token: its text is told this once. Not repeated for the same `Idempotency-Key`,
        since nothing of it is kept."""
        user_id, _ = self.own()
        body = commands.parse(shapes.CreateToken, self.body)
        days = body.expires_in_days
        token, text = create_token(
            user_id=user_id,
            name=body.name,
            scope=body.scope,
            expires_at=None if days is None else timezone.now() + timedelta(days=days),
        )
        return self.answer(shapes.TokenMade(token=text, about=_shape(token)), status=201)


class TokenView(_OwnTokensView):
    @documented("revokeToken", "tokens", status=204)
    def delete(self, request: Request, token_id: int) -> Response:
        """Revoke a token of yours."""
        token = self.own()[1].filter(pk=token_id).first()
        if token is None:
            raise not_found()
        revoke_token(token=token)
        return Response(status=204)


def _shape(token: ApiToken) -> shapes.Token:
    return shapes.Token(
        id=token.pk,
        name=token.name,
        scope=cast(shapes.TokenScope, token.scope),
        prefix=token.prefix,
        created_at=token.created_at,
        last_used_at=token.last_used_at,
        expires_at=token.expires_at,
    )
