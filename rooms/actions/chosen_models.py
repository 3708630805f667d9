"""Which models may be chosen for a room and its personas."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rooms import extensions
from rooms.errors import ParleyError
from rooms.protocol.commands import FALLBACKS_MOST


def check_model(name: str) -> None:
    """Raises `invalid` for a model that nothing here answers with; blank is the default."""
    problem = extensions.model_problem(name) if name else None
    if problem is not None:
        raise ParleyError("invalid", problem, fields={"model": problem})


def checked_fallbacks(names: Sequence[str], *, kept: Collection[str] = ()) -> list[str]:
    """`names` in their order, each once, without blank ones.

    Those in `kept` were chosen before: they may be gone by now, and stay their owner's
    business. Raises `invalid` for any other that nothing here answers with.
    """
    chosen = [name for name in dict.fromkeys(names) if name]
    if len(chosen) > FALLBACKS_MOST:
        problem = f"Choose {FALLBACKS_MOST} fallback models at most."
        raise ParleyError("invalid", problem, fields={"fallbacks": problem})
    for name in chosen:
        problem_of_it = None if name in kept else extensions.model_problem(name)
        if problem_of_it is not None:
            raise ParleyError("invalid", problem_of_it, fields={"fallbacks": problem_of_it})
    return chosen
