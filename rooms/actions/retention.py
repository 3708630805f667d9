from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from rooms import eventlog
from rooms.models import Receipt


@dataclass(frozen=True)
class Pruned:
    """How many rows of each kind were deleted."""

    events: int
    receipts: int


def prune_log() -> Pruned:
    """Delete events and receipts older than PARLEY_LOG_DAYS. No message goes: a browser that
    was away for longer loads a snapshot instead of what it missed."""
    before = timezone.now() - timedelta(days=settings.ROOMS_LOG_DAYS)
    events = eventlog.prune(before=before)
    receipts, _ = Receipt.objects.filter(created_at__lt=before).delete()
    return Pruned(events, receipts)
