"""`@all` behind the first persona, where the others then find its prompt in the provider's cache.

Ten personas of one model read the same room. Asked at once, each pays for all of it; asked when
the first one has begun to answer, nine of them find it read. Worth it only where the provider
keeps prompts and what they share is long enough to be kept; else everybody is asked at once.

1. Of the personas that one message woke by `@all`, those of one model wait for the first of them
   (`Turn.behind`), whose task alone is sent.
2. The others are sent at its first word or thought, at its end whatever that is, and after
   PARLEY_STAGGER_SECONDS at the latest.
3. Should its worker die before, the sweep sends them, as it does with all that waits too long.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Length

from llm.context.past import told
from llm.memory import checkpoint_for
from llm.models import ModelCard, Turn
from llm.queue import enqueue_on_commit
from rooms.database import in_database
from rooms.models import Room

logger = logging.getLogger(__name__)

# The rules alone; more only errs on the side of asking at once.
_RULES_TOKENS = 200
# Of English, the most: less is counted than there is.
_CHARACTERS_A_TOKEN = 5
# Enough to be kept by any provider, and few enough to be summed up in no time.
_LOOKED_AT = 300


@dataclass(frozen=True)
class Woken:
    """A turn that one message woke."""

    id: UUID
    model: str
    is_all: bool


def plan(
    woken: Sequence[Woken], cached_from: Mapping[str, int | None], shared_tokens: int
) -> dict[UUID, UUID]:
    """Who waits for whom. `cached_from` says from how many tokens on a model's prompts are kept,
    None where they are not; `shared_tokens` is how long what they share is. Pure."""
    first: dict[str, UUID] = {}
    behind: dict[UUID, UUID] = {}
    for turn in woken:
        least = cached_from.get(turn.model)
        if not turn.is_all or least is None or shared_tokens < least:
            continue
        if turn.model in first:
            behind[turn.id] = first[turn.model]
        else:
            first[turn.model] = turn.id
    return behind


def arrange(turns: Sequence[Turn]) -> None:
    """Says of new turns that one message woke, before they are written, which wait for which."""
    queued = [turn for turn in turns if turn.state == Turn.State.QUEUED]
    if not queued:
        return
    woken = [Woken(turn.pk, turn.model, turn.cause == Turn.Cause.MENTION_ALL) for turn in queued]
    behind = _plan(queued[0].room, woken)
    for turn in queued:
        turn.behind_id = behind.get(turn.pk)


def release(turn: Turn) -> None:
    """Send those that wait for this turn. More than once does no harm: a turn runs once."""
    if not may_lead(turn):
        return
    waiting = Turn.objects.filter(behind=turn, state=Turn.State.QUEUED).order_by("created_at", "id")
    enqueue_on_commit(*waiting.values_list("pk", flat=True))


def may_lead(turn: Turn) -> bool:
    """Whether others may have been put behind it: only where all were called."""
    return turn.cause == Turn.Cause.MENTION_ALL


async def lead(turn: Turn, has_answered: asyncio.Event) -> None:
    """Beside a running turn: sends those behind it when it has begun to answer, or late."""
    try:
        if not may_lead(turn) or not await in_database(_is_waited_for, turn.pk):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(settings.LLM_STAGGER_SECONDS):
                await has_answered.wait()
        await in_database(release, turn)
    except Exception as error:
        logger.warning("Those behind turn %s are left to the sweep: %s", turn.pk, type(error).__name__)


def _is_waited_for(turn_id: UUID) -> bool:
    return Turn.objects.filter(behind=turn_id, state=Turn.State.QUEUED).exists()


def _plan(room: Room, woken: Sequence[Woken]) -> dict[UUID, UUID]:
    called = [turn.model for turn in woken if turn.is_all]
    several = {model for model in called if called.count(model) > 1}
    if settings.LLM_STAGGER_SECONDS <= 0 or not several:
        return {}
    known = ModelCard.objects.filter(name__in=several).values_list("name", "cached_from")
    cached_from = {name: least for name, least in known if least is not None}
    return plan(woken, cached_from, _shared_tokens(room)) if cached_from else {}


def _shared_tokens(room: Room) -> int:
    """About how many tokens their prompts begin with alike; at least so many, for English."""
    memory = checkpoint_for(room)
    newest = told(room.pk).filter(seq__gt=memory.upto_seq).order_by("-seq").values("text")[:_LOOKED_AT]
    said = newest.aggregate(length=Sum(Length("text")))["length"] or 0
    characters = len(room.description) + len(memory.text()) + said
    return _RULES_TOKENS + characters // _CHARACTERS_A_TOKEN
