"""`manage.py token`: programs' tokens, made, listed and revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from rooms.actions.tokens import create_token, revoke_token
from rooms.errors import ParleyError
from rooms.models import ApiToken


class Command(BaseCommand):
    help = "Makes, lists and revokes the tokens by which programs act as an account."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a token and print it, this once")
        create.add_argument("username", help="the account that the program acts as")
        create.add_argument("--name", default="manage.py token", help="what it is for")
        create.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ.value)
        create.add_argument("--days", type=int, default=90, help="how long it holds (90); 0: until revoked")
        listing = verbs.add_parser("list", help="show the tokens that are not revoked")
        listing.add_argument("username", nargs="?", help="only this account's")
        revoke = verbs.add_parser("revoke", help="make a token open nothing any more")
        revoke.add_argument("id", type=int, help="its number in `token list`")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "create":
            self._create(**options)
        elif verb == "list":
            self._list(options["username"])
        else:
            self._revoke(options["id"])

    def _create(self, *, username: str, name: str, scope: Any, days: int, **options: Any) -> None:
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username}.")
        if days < 0:
            raise CommandError("--days is a number of days, or 0.")
        expires_at = timezone.now() + timedelta(days=days) if days else None
        try:
            _, text = create_token(user_id=user.pk, name=name, scope=scope, expires_at=expires_at)
        except ParleyError as error:
            raise CommandError(error.message) from None
        self.stdout.write(text)

    def _list(self, username: str | None) -> None:
        tokens = ApiToken.objects.filter(revoked_at=None).select_related("user")
        for token in tokens.filter(user__username=username) if username else tokens:
            until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "no end"
            used = f"used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"
            self.stdout.write(
                f"{token.pk}  {token.prefix}…  {token.user}  {token.scope}  {until}  {used}  {token.name}"
            )

    def _revoke(self, token_id: int) -> None:
        token = ApiToken.objects.filter(pk=token_id).first()
        if token is None:
            raise CommandError(f"There is no token {token_id}: see `manage.py token list`.")
        revoke_token(token=token)
        self.stdout.write(f"{token} opens nothing any more.")
