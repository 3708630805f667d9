"""What a view method reads and answers, noted beside it for the OpenAPI document.

Without drf-spectacular, which the web then loads only when somebody asks for the document.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

Method = TypeVar("Method", bound=Callable[..., object])


@dataclass(frozen=True)
class Query:
    """A query parameter: `type` is int or str."""

    name: str
    description: str
    type: type = int
    is_required: bool = False


@dataclass(frozen=True)
class Operation:
    """`gives` None: no body. `has_key`: an `Idempotency-Key` is heeded."""

    name: str
    tag: str
    takes: type[BaseModel] | None
    gives: type[BaseModel] | None
    status: int
    has_key: bool
    query: Sequence[Query]


LIMIT = Query("limit", "How many at most: 50 where it is not given, 200 at most.")
CURSOR = Query("cursor", "From a page's `next`.", str)


def documented(
    name: str,
    tag: str,
    *,
    takes: type[BaseModel] | None = None,
    gives: type[BaseModel] | None = None,
    status: int = 200,
    has_key: bool = False,
    query: Sequence[Query] = (),
) -> Callable[[Method], Method]:
    """The method's Operation; its docstring is the description."""
    operation = Operation(name, tag, takes, gives, status, has_key, query)

    def note(method: Method) -> Method:
        method.operation = operation  # type: ignore[attr-defined]  # read by rooms.api.openapi
        return method

    return note
