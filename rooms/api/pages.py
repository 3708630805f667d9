"""Long lists in pages. A cursor names the last row that was given, so that a page costs the
same wherever it begins, and a row that is new meanwhile shifts nothing."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request

from rooms.errors import ParleyError

Row = TypeVar("Row", bound=Model)

PAGE = 50
PAGE_MOST = 200


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`next` is the address of the page after this one, from the server's root on; None at the end."""

    rows: list[Row]
    next: str | None


def newest_first(request: Request, rows: QuerySet[Row], moment: str, *, limit: int) -> Page[Row]:
    """Up to `limit` of `rows`, the latest by the field `moment` first, after `?cursor=`.

    The rows' primary key is a UUID. Raises `invalid` for a cursor that no page gave.
    """
    limit = bent(limit)
    text = request.query_params.get("cursor")
    if text is not None:
        at, pk = _read(text)
        rows = rows.filter(Q(**{f"{moment}__lt": at}) | Q(**{moment: at, "pk__lt": pk}))
    found = list(rows.order_by(f"-{moment}", "-pk")[: limit + 1])
    page = found[:limit]
    if len(found) <= limit:
        return Page(page, None)
    return Page(page, address(request, cursor=_write(getattr(page[-1], moment), page[-1].pk)))


def bent(limit: int) -> int:
    """`limit` within what a page may have."""
    return max(1, min(limit, PAGE_MOST))


def address(request: Request, **changed: Any) -> str:
    """This request's address with other query parameters."""
    query = request.query_params.copy()
    for name, value in changed.items():
        query[name] = str(value)
    return f"{request.path}?{query.urlencode()}"


def _write(at: datetime, pk: UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()} {pk}".encode()).decode().rstrip("=")


def _read(text: str) -> tuple[datetime, UUID]:
    try:
        at, pk = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("a cursor's moment has a time zone")
        return moment, UUID(pk)
    except (ValueError, OverflowError):
        sentence = "This cursor was not given by this server: follow a page's `next` as it is."
        raise ParleyError("invalid", sentence, fields={"cursor": "not a cursor"}) from None
