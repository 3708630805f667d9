"""What several turns that begin together read alike, read once.

Turns of one room that are claimed in one go need its people, its messages, its memory and the
cards of its models, each of them the same. Inside `reading_once` such a reading is made by the
first that asks, and the others get what it found; outside, every call reads.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_found: ContextVar[dict[Hashable, Any] | None] = ContextVar("found", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """For one piece of work that reads what is there now, and changes nothing that it reads again."""
    token = _found.set({})
    try:
        yield
    finally:
        _found.reset(token)


def once(key: Callable[P, Hashable]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """`key` tells readings with the same answer, by the arguments. What is answered is shared, so
    nobody may change it."""

    def decorate(read: Callable[P, T]) -> Callable[P, T]:
        @wraps(read)
        def reading(*args: P.args, **kwargs: P.kwargs) -> T:
            found = _found.get()
            if found is None:
                return read(*args, **kwargs)
            which = (reading, key(*args, **kwargs))
            if which not in found:
                found[which] = read(*args, **kwargs)
            answer: T = found[which]
            return answer

        return reading

    return decorate


def known(reading: Callable[..., T], key: Hashable, answer: T) -> None:
    """Inside `reading_once`: what this `reading` would find under this key."""
    found = _found.get()
    if found is None:
        raise RuntimeError("known() needs an open reading_once().")
    found[(reading, key)] = answer
