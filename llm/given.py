"""What a turn was given to read: recorded beside the call, and read back by the room's members.

The text itself is kept and not what it was made from: messages are edited, people renamed and
prompts changed, and what was given stays what it was.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Length
from django.utils import timezone

from llm.context.past import told
from llm.context.tokens import tokens_of
from llm.context.values import Rendered
from llm.models import Given, Turn
from llm.protocol import GivenCount, GivenPart, GivenShape
from llm.requests import TurnRequest
from rooms.access import Seat
from rooms.errors import not_found

logger = logging.getLogger(__name__)

_CHARACTERS_A_TOKEN = 4

# As GivenPart: role, name, tokens, text.
_Part = tuple[str, str, int, str]


def record(turn: Turn, request: TurnRequest, *, number: int = 1) -> None:
    """Keep what the turn's `number`th call is given. Twice is once; nothing is kept for 0 days."""
    rendered = request.rendered
    if rendered is None or settings.LLM_GIVEN_DAYS <= 0:
        return
    counts = _counts(turn, rendered, request.upto)
    tools, rounds = _tools(request), _rounds(request, rendered)
    given = Given(
        turn=turn,
        attempt=turn.fence + number - 1,
        model=request.model,
        layout=rendered.layout,
        budget=rendered.budget,
        tokens=rendered.tokens + sum(tokens for _, _, tokens, _ in (*tools, *rounds)),
        counts={name: [count.messages, count.tokens] for name, count in counts.items()},
        body=_packed([*tools, *_sections(rendered), *rounds]),
    )
    with transaction.atomic():
        Given.objects.bulk_create([given], ignore_conflicts=True)


def keep(turn: Turn, request: TurnRequest, *, number: int = 1) -> None:
    """`record`, or a line in the log where that fails: the reply needs none of it."""
    try:
        record(turn, request, number=number)
    except Exception as error:
        logger.warning("What turn %s was given could not be kept: %s", turn.pk, type(error).__name__)


def given_of(seat: Seat, turn_id: UUID, attempt: int | None) -> GivenShape:
    """What the turn was given: at its last attempt, or at `attempt`. Raises `not_found` for
    another room's turn, where nothing is kept (any more), and while the turn is sealed: it may
    have been shown what others said under the same seal."""
    rows = Given.objects.filter(turn_id=turn_id, turn__room=seat.room, turn__is_sealed=False)
    rows = rows.order_by("-attempt")
    attempts = list(rows.values_list("attempt", flat=True))
    given = (rows if attempt is None else rows.filter(attempt=attempt)).first()
    if given is None:
        raise not_found()
    counts = {name: GivenCount(messages=count[0], tokens=count[1]) for name, count in given.counts.items()}
    return GivenShape(
        turn_id=given.turn_id,
        attempt=given.attempt,
        attempts=sorted(attempts),
        model=given.model,
        layout="shared-first" if given.layout == "shared-first" else "persona-first",
        at=given.at,
        budget=given.budget,
        tokens=given.tokens,
        parts=[
            GivenPart(role=role, name=name, tokens=tokens, text=text)
            for role, name, tokens, text in json.loads(zlib.decompress(given.body))
        ],
        **counts,
    )


def prune(*, most: int) -> int:
    """Delete up to `most` that are older than PARLEY_GIVEN_DAYS; returns how many."""
    before: datetime = timezone.now() - timedelta(days=settings.LLM_GIVEN_DAYS)
    old = list(Given.objects.filter(at__lt=before).order_by("at").values_list("pk", flat=True)[:most])
    return Given.objects.filter(pk__in=old).delete()[0] if old else 0


def _tools(request: TurnRequest) -> list[_Part]:
    """The tools that the model is offered, as their definitions are sent."""
    if not request.tools:
        return []
    text = json.dumps([asdict(tool) for tool in request.tools], ensure_ascii=False, indent=1)
    return [("tools", "tools", tokens_of(text), text)]


def _sections(rendered: Rendered) -> list[_Part]:
    return [
        (
            rendered.messages[section.message].role,
            section.name,
            section.tokens,
            rendered.messages[section.message].content[section.start : section.end],
        )
        for section in rendered.sections
    ]


def _rounds(request: TurnRequest, rendered: Rendered) -> list[_Part]:
    """What the turn said and did so far, and what came of it, behind all that it read at first."""
    parts: list[_Part] = []
    for message in request.messages[len(rendered.messages) :]:
        used = "".join(f"\n→ {call.name} {call.arguments}" for call in message.tool_calls)
        text = (message.content + used).strip("\n")
        parts.append((message.role, "round", tokens_of(text), text))
    return parts


def _packed(parts: Sequence[_Part]) -> bytes:
    return zlib.compress(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode())


def _counts(turn: Turn, rendered: Rendered, upto: int) -> dict[str, GivenCount]:
    """What became of the room's messages. What is not in the request is counted in the database,
    its tokens by its characters."""
    tokens = dict.fromkeys(("conversation", "recalled", "memory"), 0)
    for section in rendered.sections:
        if section.name in tokens:
            tokens[section.name] += section.tokens
    folded = _older(turn.room_id, upto + 1)
    first = min(rendered.verbatim, default=(turn.trigger_message.seq or 0))
    before = _older(turn.room_id, max(first, upto + 1))
    recalled = sum(upto < number < first for number in rendered.recalled)
    return {
        "verbatim": GivenCount(messages=len(rendered.verbatim), tokens=tokens["conversation"]),
        "folded": GivenCount(messages=folded[0], tokens=folded[1] // _CHARACTERS_A_TOKEN),
        "recalled": GivenCount(messages=len(rendered.recalled), tokens=tokens["recalled"]),
        "dropped": GivenCount(
            messages=max(0, before[0] - folded[0] - recalled),
            tokens=max(0, before[1] - folded[1]) // _CHARACTERS_A_TOKEN,
        ),
    }


@lru_cache(maxsize=512)
def _older(room_id: UUID, number: int) -> tuple[int, int]:
    """How many messages stand before `number`, and their characters. That moves in big steps, so
    that a room's past is not read at every turn."""
    if number <= 1:
        return (0, 0)
    found = told(room_id).filter(seq__lt=number).aggregate(count=Count("pk"), length=Sum(Length("text")))
    return (found["count"], found["length"] or 0)
