"""What is kept for a time only, deleted a little at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from rooms import eventlog
from rooms.models import Receipt

# Of each kind, in one transaction: on SQLite everybody's messages wait for so many.
BATCH = 500


@dataclass(frozen=True)
class Pruned:
    """How many rows of each kind were deleted."""

    events: int = 0
    receipts: int = 0
    sessions: int = 0

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(
            self.events + other.events, self.receipts + other.receipts, self.sessions + other.sessions
        )

    def __bool__(self) -> bool:
        return self != Pruned()


def prune_some(*, most: int = BATCH) -> Pruned:
    """Delete up to `most` each of the events and receipts older than PARLEY_LOG_DAYS, and of
    the sessions that ran out; what there was, and nothing where all is done. No message
    goes: a browser that was away for longer loads a snapshot instead of what it missed.

    Two at once do no harm, and one of them finds nothing.
    """
    now = timezone.now()
    before = now - timedelta(days=settings.ROOMS_LOG_DAYS)
    receipts = Receipt.objects.filter(created_at__lt=before).values_list("pk", flat=True)
    sessions = Session.objects.filter(expire_date__lt=now).values_list("pk", flat=True)
    return Pruned(
        events=eventlog.prune(before=before, most=most),
        # By their keys: a DELETE has no limit of its own in either database.
        receipts=Receipt.objects.filter(pk__in=list(receipts[:most])).delete()[0],
        sessions=Session.objects.filter(pk__in=list(sessions[:most])).delete()[0],
    )


def prune_all() -> Pruned:
    """`prune_some` until nothing is left."""
    pruned = Pruned()
    while some := prune_some():
        pruned += some
    return pruned
