"""A model's token factor, in a row that workers write and everybody reads."""

from __future__ import annotations

from django.db.models import F

from llm.memory.tokens import learn
from llm.models import Given, TokenFactor, Turn
from llm.once import once

# A change below that is worth no write, once there are some.
_SAME = 0.02
_FEW = 5


@once(lambda model: model)
def factor_of(model: str) -> float:
    """1 where nothing is known yet."""
    return TokenFactor.objects.filter(pk=model).values_list("factor", flat=True).first() or 1.0


def learn_from(turn: Turn, attempt: int, model: str, reported: int | None) -> None:
    """Learn from what a provider counted of what that attempt of a turn was given. Two workers at once lose
    at most one lesson."""
    given = Given.objects.filter(turn=turn, attempt=attempt).values_list("tokens", flat=True).first()
    if not given or not reported:
        return
    row, _ = TokenFactor.objects.get_or_create(pk=model)
    factor = learn(row.factor, estimated=int(given * row.factor), reported=reported)
    if factor == row.factor or (row.samples >= _FEW and abs(factor - row.factor) < _SAME):
        return
    TokenFactor.objects.filter(pk=model, samples=row.samples).update(factor=factor, samples=F("samples") + 1)
