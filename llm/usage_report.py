"""What models were used for, added up: for the room's members, the administration and the shell."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args

from django.db.models import Count, Q, QuerySet, Sum

from llm.models import UsageEntry
from llm.protocol import UsageGroup, UsageTotal

Grouping = Literal["persona", "model", "person", "kind", "room", "day"]
_FIELDS: dict[Grouping, tuple[str, str]] = {
    "persona": ("persona_id", "persona__name"),
    "model": ("model", "model"),
    "person": ("person_id", "person__name"),
    "kind": ("kind", "kind"),
    "room": ("room_id", "room__name"),
    "day": ("at__date", "at__date"),
}
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)

_SUMS: dict[str, Any] = {
    "sum_calls": Count("pk"),
    "sum_input_tokens": Sum("input_tokens"),
    "sum_output_tokens": Sum("output_tokens"),
    "sum_cached_tokens": Sum("cached_tokens"),
    "sum_cost_usd": Sum("cost_usd"),
    "sum_unpriced_calls": Count("pk", filter=Q(cost_usd=None)),
    "sum_untold_calls": Count("pk", filter=Q(input_tokens=None) | Q(output_tokens=None)),
    "sum_counted_usd": Sum("counted_usd"),
}


def entries_between(since: date | None, until: date | None) -> QuerySet[UsageEntry]:
    """What was used from the beginning of `since` to the end of `until`, days of UTC."""
    entries = UsageEntry.objects.order_by()
    if since is not None:
        entries = entries.filter(at__gte=datetime.combine(since, time.min, UTC))
    if until is not None:
        entries = entries.filter(at__lt=datetime.combine(until + timedelta(days=1), time.min, UTC))
    return entries


def total_of(entries: QuerySet[UsageEntry]) -> UsageTotal:
    return _total(entries.aggregate(**_SUMS))


def groups_of(entries: QuerySet[UsageEntry], by: Grouping) -> list[UsageGroup]:
    """The sums of each persona, model and so on, the dearest first."""
    key, name = _FIELDS[by]
    rows = entries.values(*{key, name}).annotate(**_SUMS).order_by("-sum_counted_usd", "-sum_calls")
    return [
        UsageGroup(
            by=by,
            key=None if row[key] is None else str(row[key]),
            name="" if row[name] is None else str(row[name]),
            total=_total(row),
        )
        for row in rows
    ]


def in_words(total: UsageTotal) -> str:
    """A total in one line, for people."""
    unpriced = f", {total.unpriced_calls} unpriced" if total.unpriced_calls else ""
    return (
        f"{total.calls} calls, {total.input_tokens:,} tokens read ({total.cached_tokens:,} cached),"
        f" {total.output_tokens:,} written, {total.cost_usd:.4f} USD{unpriced}"
    )


def _total(row: dict[str, Any]) -> UsageTotal:
    return UsageTotal(
        calls=row["sum_calls"],
        input_tokens=row["sum_input_tokens"] or 0,
        output_tokens=row["sum_output_tokens"] or 0,
        cached_tokens=row["sum_cached_tokens"] or 0,
        cost_usd=float(row["sum_cost_usd"] or 0),
        unpriced_calls=row["sum_unpriced_calls"],
        untold_calls=row["sum_untold_calls"],
        counted_usd=float(row["sum_counted_usd"] or 0),
    )
