"""Telling a room, once, that a budget is nearly or wholly spent; and again that it is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from llm import budgets
from llm.budgets import Account, Level
from llm.guard import Refusal
from llm.models import BudgetAlert, Chain
from llm.protocol import BudgetAlertShape, BudgetChanged
from rooms import eventlog
from rooms.models import Message, Participant, Room

_RANK: dict[Level, int] = {"ok": 0, "warned": 1, "spent": 2}


def tell(
    room: Room,
    chain: Chain | None,
    person: Participant | None,
    accounts: Sequence[Account],
    *,
    refused: Refusal | None = None,
) -> None:
    """Record and tell of those `accounts` that got further than the room was told so far.

    `refused` is why a call was not made: its budget is as good as spent then. In the
    transaction of what was spent.
    """
    due = [(account, _level(account, refused)) for account in accounts if account.limit is not None]
    due = [(account, level) for account, level in due if level != "ok"]
    if not due:
        return
    # Of two who cross a line together the second waits here, and finds it told.
    Room.objects.select_for_update(no_key=True).get(pk=room.pk)
    today = timezone.now().astimezone(UTC).date()
    for account, level in due:
        alert = _alert_of(room, chain, person, account, today)
        if _RANK[level] > _RANK[cast(Level, alert.level)]:
            _save(alert, account, level)


def bring_up_to_date(alert: BudgetAlert, account: Account) -> None:
    """Tell of a budget that was changed since. The room is locked."""
    level = budgets.level_of(account)
    limit = account.limit if account.limit is not None else alert.limit_usd
    if level != alert.level or limit != alert.limit_usd:
        _save(alert, account, level)


def standing(room_id: UUID) -> list[BudgetAlert]:
    """The alerts that the room has been told of and that hold today, chains apart."""
    today = timezone.now().astimezone(UTC).date()
    alerts = BudgetAlert.objects.filter(room=room_id, day=today).exclude(level=BudgetAlert.Level.OK)
    return list(alerts.select_related("chain", "person"))


def alerts_of(room: Room, messages: Sequence[Message]) -> list[BudgetAlertShape]:
    """What the room needs to know of its budgets now: those of the day, and those of the
    chains that grew from `messages`."""
    today = timezone.now().astimezone(UTC).date()
    of_day = Q(day=today) & ~Q(scope=BudgetAlert.Scope.CHAIN)
    of_chains = Q(scope=BudgetAlert.Scope.CHAIN, chain__message__in=[m.pk for m in messages])
    alerts = BudgetAlert.objects.filter(of_day | of_chains, room=room).exclude(level=BudgetAlert.Level.OK)
    return [alert_shape(alert) for alert in alerts.select_related("chain")]


def alert_shape(alert: BudgetAlert) -> BudgetAlertShape:
    return BudgetAlertShape(
        id=alert.pk,
        scope=cast(budgets.Scope, alert.scope),
        level=cast(Level, alert.level),
        limit_usd=float(alert.limit_usd),
        spent_usd=float(alert.spent_usd),
        message=alert.message,
        message_id=alert.chain.message_id if alert.chain else None,
        participant_id=alert.person_id,
        renews_at=None if alert.scope == BudgetAlert.Scope.CHAIN else renewal(alert.day),
    )


def renewal(day: date) -> datetime:
    """The end of a day of UTC."""
    return datetime.combine(day + timedelta(days=1), time.min, UTC)


def _level(account: Account, refused: Refusal | None) -> Level:
    if refused is not None and refused == budgets.refusal(account):
        return "spent"
    return budgets.level_of(account)


def _alert_of(
    room: Room, chain: Chain | None, person: Participant | None, account: Account, today: date
) -> BudgetAlert:
    """The row of this budget, or a new one."""
    alerts = BudgetAlert.objects.select_related("chain").filter(room=room, scope=account.scope)
    match account.scope:
        case "chain":
            found = alerts.filter(chain=chain).first()
            about: dict[str, object] = {"chain": chain}
        case "room_day":
            found, about = alerts.filter(day=today).first(), {}
        case "person_day":
            found, about = alerts.filter(day=today, person=person).first(), {"person": person}
    return found or BudgetAlert(room=room, scope=account.scope, day=today, level="ok", **about)


def _save(alert: BudgetAlert, account: Account, level: Level) -> None:
    alert.level = level
    alert.limit_usd = account.limit if account.limit is not None else Decimal(0)
    alert.spent_usd = account.spent
    alert.message = budgets.sentence(account, level)
    alert.save()
    eventlog.append(alert.room_id, BudgetChanged(budget=alert_shape(alert)))
