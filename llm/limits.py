"""Which limits hold in a room: the server's settings and what the room says of its own.

A room's depth and turns are instead of the server's. Its tokens and its money are beside
them: whoever pays for the server sets a limit that no room can lift.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings

from llm import guard
from llm.models import Chain
from rooms.models import Room


def of_chain(room: Room, grants: int = 0) -> guard.Limits:
    """What a chain may come to in `room` that was granted more so many times."""
    base = guard.Limits(
        depth=room.chain_depth or settings.LLM_CHAIN_DEPTH,
        turns=room.chain_turns or settings.LLM_CHAIN_TURNS,
        persona=settings.LLM_CHAIN_PERSONA,
        pair=settings.LLM_CHAIN_PAIR,
        fanout=settings.LLM_CHAIN_FANOUT,
    )
    return base.raised(grants * settings.LLM_GRANT_TURNS) if grants else base


def chain_tokens(room: Room, chain: Chain) -> int | None:
    """Each grant is worth as much as a new message would be."""
    most = _least(settings.LLM_CHAIN_TOKENS, room.chain_tokens)
    return None if most is None else int(most) * (1 + chain.grants)


def chain_usd(room: Room, grants: int = 0) -> Decimal | None:
    """As `chain_tokens`."""
    most = _least(settings.LLM_CHAIN_USD, room.chain_usd)
    return None if most is None else most * (1 + grants)


def room_day_usd(room: Room) -> Decimal | None:
    return _least(settings.LLM_ROOM_DAY_USD, room.day_usd)


def person_day_usd(room: Room) -> Decimal | None:
    """Of one person in this room; in all rooms together: `person_everywhere_usd`."""
    return _least(0, room.person_day_usd)


def person_everywhere_usd() -> Decimal | None:
    return _least(settings.LLM_PERSON_DAY_USD, None)


def _least(of_server: float, of_room: Decimal | int | None) -> Decimal | None:
    """The smaller of the two; zero and None are none."""
    given = [Decimal(str(value)) for value in (of_server, of_room) if value]
    return min(given) if given else None
