"""Whether a model can call tools: as it turned out, else as its card says, else it is tried."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from llm.cards import card_of
from llm.models import ToolAbility
from llm.once import once

# Providers come to support what they refused.
TRIED_AGAIN_AFTER = timedelta(days=30)


@once(lambda model: model)
def may_have_tools(model: str) -> bool:
    """Whether to offer tools to `model`: also where nobody knows yet."""
    learnt = ToolAbility.objects.filter(model=model).first()
    if learnt is not None and (learnt.has_tools or learnt.learnt_at > timezone.now() - TRIED_AGAIN_AFTER):
        return learnt.has_tools
    card = card_of(model)
    return card is None or card.has_tools is not False


def learn(model: str, *, has_tools: bool) -> None:
    """Remember how it turned out."""
    if has_tools and ToolAbility.objects.filter(model=model, has_tools=True).exists():
        return
    ToolAbility.objects.update_or_create(
        model=model, defaults={"has_tools": has_tools, "learnt_at": timezone.now()}
    )
