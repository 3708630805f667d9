"""What calls to models may cost, reserved before they are made, and what they did cost.

Nothing is counted in columns of its own: a budget's state is the sum of its usage entries
and of what running turns have reserved and not used yet, read while the rows that it is
about are locked. So ten turns that begin together can't all slip under one limit, and a
worker's death leaves nothing to mend.

Calls that are no turn's (the router, summaries) ask `refusal_for_call` first and are told by
`record_call`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from llm import alerts, budgets, limits
from llm.budgets import NOTHING, Account, Granted, TokenAccount
from llm.fencing import Fenced
from llm.gateway.types import Usage
from llm.guard import Refusal
from llm.models import Chain, Turn, UsageEntry
from llm.once import once
from llm.prices import price_of, prices_of
from rooms import eventlog
from rooms.models import Guest, Participant, Room


@dataclass(frozen=True)
class Payer:
    """Whose budgets a call counts for; without a chain, its room's and its person's alone."""

    room: Room
    chain: Chain | None
    person: Participant | None


@dataclass(frozen=True)
class Books:
    """The state of every budget that holds for a payer."""

    accounts: list[Account]
    tokens: TokenAccount


def reserve(
    turn: Turn, *, input_tokens: int, output_tokens: int, model: str, number: int = 1
) -> Granted | Refusal:
    """Set aside what the `number`th call of the running `turn` may use at most, or say why it may
    not be made.

    Called before every call of a turn, after the usage of the one before was recorded. The
    call may write no more than the answer's `output_tokens`. Raises Fenced. Locks, in llm's
    order: person, chain, turn, room.
    """
    price = price_of(model)
    with eventlog.transaction():
        payer = _held(turn, is_read_lately=number == 1)
        running = Turn.objects.filter(pk=turn.pk, fence=turn.fence, state=Turn.State.RUNNING)
        if not list(running.select_for_update(no_key=True).values_list("pk")):
            raise Fenced
        room = _held_room(payer.room)
        payer = Payer(room, payer.chain, payer.person)
        books = read_books(payer, but=turn.pk)
        answer = budgets.afford(
            books.accounts, books.tokens, price, input_tokens=input_tokens, output_tokens=output_tokens
        )
        if isinstance(answer, Refusal):
            alerts.tell(payer.room, payer.chain, payer.person, books.accounts, refused=answer)
            return answer
        running.update(**_aside(answer, turn.fence + number - 1))
    return answer


def set_aside(
    turn: Turn, chain: Chain, *, input_tokens: int, output_tokens: int, model: str
) -> Granted | None:
    """`reserve` for a turn that is about to be written as a running one, in the transaction that holds its
    `chain` and writes it: written in its columns. None where there is not enough, or where whoever pays
    would have to be locked first."""
    if limits.person_everywhere_usd() is not None:
        return None
    books = read_books(Payer(_held_room(turn.room), chain, chain.person))
    answer = budgets.afford(
        books.accounts, books.tokens, price_of(model), input_tokens=input_tokens, output_tokens=output_tokens
    )
    if isinstance(answer, Refusal):
        return None
    for column, value in _aside(answer, turn.fence).items():
        setattr(turn, column, value)
    return answer


def refusals_for_wakes(room: Room, chain: Chain, models: Collection[str]) -> dict[str, Refusal | None]:
    """For each of `models`, whether nothing is left for it: asked when a persona is woken, so
    that it does not wait for a refusal. The caller holds the chain."""
    books = read_books(Payer(room, chain, chain.person))
    prices = prices_of(models)
    return {m: budgets.spent_up(books.accounts, books.tokens, prices[m]) for m in models}


def refusal_for_call(room: Room, model: str, *, person: Participant | None = None) -> Refusal | None:
    """Whether a call that is no turn's may be made for `room`: None, or why not.

    `person` is whoever caused it, None where nobody did. Nothing is reserved: such calls are
    small, and there is one at a time.
    """
    books = read_books(Payer(room, None, person))
    return budgets.spent_up(books.accounts, books.tokens, price_of(model))


def record_call(
    *,
    kind: UsageEntry.Kind,
    room: Room,
    model: str,
    usage: Usage,
    key: str,
    person: Participant | None = None,
    persona: Participant | None = None,
    chain: Chain | None = None,
) -> None:
    """Keep what a call that is no turn's used: a router's, a summary's.

    `key` names the call, such as `router:<message id>` or `summary:<checkpoint id>:<try>`;
    under the same key it is recorded once. With a `chain` it counts for that chain's budget,
    and always for the room's and the `person`'s day. May be called in a transaction or not.
    """
    with eventlog.transaction():
        if UsageEntry.objects.filter(key=key).exists():
            return
        entry = UsageEntry(
            kind=kind, room=room, key=key, person=person, persona=persona, chain=chain, model=model
        )
        _fill(entry, usage, said="", reserved_input=0)
        try:
            with transaction.atomic():
                entry.save()
        except IntegrityError:  # recorded by somebody else in between
            return
        _watch(Payer(room, chain, person))


def record_of_turn(
    turn: Turn, told: UsageEntry, *, attempt: int, said: str, recorded: list[UsageEntry]
) -> bool:
    """Keep what an attempt of `turn` used, once; True where that is news.

    An attempt that was ended from outside has an entry without numbers; numbers that come
    later go into it. `said` is what was written, for where the model does not tell; `recorded` what was
    kept of the turn before, to which this comes. In a transaction that holds the turn, and that writes
    `turn.reserved_usd`: what is used is not set aside any more.
    """
    usage = Usage(told.input_tokens, told.output_tokens, told.cached_tokens, told.cost_usd)
    entry = next((entry for entry in recorded if entry.attempt == attempt), None)
    if entry is not None and (_is_told(entry) or not _is_told(told)):
        return False
    payer = payer_of(turn)
    if entry is None:
        entry = UsageEntry(
            turn=turn,
            attempt=attempt,
            room_id=turn.room_id,
            chain=payer.chain,
            persona_id=turn.participant_id,
            person=payer.person,
        )
        recorded.append(entry)
    entry.model = told.model
    _fill(entry, usage, said=said, reserved_input=turn.reserved_input or 0)
    entry.save()
    if turn.reserved_attempt == attempt:
        # What it would read stays, by which a late word is counted.
        turn.reserved_usd = None
    _watch(payer)
    return True


@once(lambda turn: turn.chain_id)
def payer_of(turn: Turn) -> Payer:
    """Whose budgets the turn counts for."""
    chain = Chain.objects.select_related("person", "room").get(pk=turn.chain_id)
    return Payer(chain.room, chain, chain.person)


def review_alerts(room_id: UUID) -> int:
    """Tell the room of those of today's budgets that read differently since their limits were
    changed; returns how many alerts stand."""
    if not alerts.standing(room_id):
        return 0
    with eventlog.transaction():
        room = Room.objects.select_for_update(no_key=True).get(pk=room_id)
        told = alerts.standing(room_id)
        for alert in told:
            books = read_books(Payer(room, alert.chain, alert.person))
            same = [account for account in books.accounts if account.scope == alert.scope]
            alerts.bring_up_to_date(alert, _tightest(same) or Account(cast(budgets.Scope, alert.scope), None))
        return len(told)


def read_books(payer: Payer, *, but: UUID | None = None) -> Books:
    """The budgets that hold for `payer`, without what the turn `but` has reserved.

    What is reserved is read first: a turn that settles in between counts twice rather than
    not at all.
    """
    return _books(payer, Turn.objects.exclude(pk=but) if but else Turn.objects.all())


def _books(payer: Payer, running: QuerySet[Turn]) -> Books:
    """With what the turns `running` have reserved."""
    room, chain, person = payer.room, payer.chain, payer.person
    since = day_start(timezone.now())
    today = UsageEntry.objects.filter(at__gte=since)
    accounts: list[Account] = []
    tokens = TokenAccount(None)
    if chain is not None:
        limit, most = limits.chain_usd(room, chain.grants), limits.chain_tokens(room, chain)
        if limit is not None or most is not None:
            is_new = chain._state.adding
            aside = _NO_SUM if is_new else _reserved(running.filter(chain=chain))
            spent = _NO_SUM if is_new else _spent(UsageEntry.objects.filter(chain=chain))
            accounts.append(Account("chain", limit, spent.usd, aside.usd))
            tokens = TokenAccount(most, spent.tokens, aside.tokens)
    limit = limits.room_day_usd(room)
    if limit is not None:
        aside = _reserved(running.filter(room=room))
        accounts.append(Account("room_day", limit, _spent(today.filter(room=room)).usd, aside.usd))
    if person is not None:
        accounts += _of_person(room, person, today, running)
    return Books(accounts, tokens)


def day_start(now: datetime) -> datetime:
    """When the day began that `now` is of: days are those of UTC, everywhere."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _aside(granted: Granted, attempt: int) -> dict[str, Any]:
    """A turn's columns for what the call of this attempt may use."""
    return {
        "reserved_attempt": attempt,
        "reserved_input": granted.input_tokens,
        "reserved_output": granted.output_tokens,
        "reserved_usd": granted.usd,
    }


@dataclass(frozen=True)
class _Sum:
    tokens: int
    usd: Decimal


_NO_SUM = _Sum(0, NOTHING)


def _of_person(
    room: Room, person: Participant, today: QuerySet[UsageEntry], running: QuerySet[Turn]
) -> list[Account]:
    accounts = []
    limit = limits.person_day_usd(room)
    if limit is not None:
        aside = _reserved(running.filter(chain__person=person))
        spent = _spent(today.filter(person=person))
        accounts.append(Account("person_day", limit, spent.usd, aside.usd, person.name))
    limit = limits.person_everywhere_usd()
    if limit is not None:
        # Their seats in all rooms.
        whose: dict[str, Any] = (
            {"user": person.user_id} if person.user_id is not None else {"guest": person.guest_id}
        )
        aside = _reserved(running.filter(**{f"chain__person__{key}": value for key, value in whose.items()}))
        spent = _spent(today.filter(**{f"person__{key}": value for key, value in whose.items()}))
        accounts.append(Account("person_day", limit, spent.usd, aside.usd, person.name))
    return accounts


def _reserved(turns: QuerySet[Turn]) -> _Sum:
    """What running turns have set aside for calls whose usage is not recorded yet."""
    total = (
        turns.filter(state=Turn.State.RUNNING, reserved_usd__isnull=False)
        .order_by()
        .aggregate(tokens=Sum(F("reserved_input") + F("reserved_output")), usd=Sum("reserved_usd"))
    )
    return _Sum(total["tokens"] or 0, total["usd"] or NOTHING)


def _spent(entries: QuerySet[UsageEntry]) -> _Sum:
    total = entries.order_by().aggregate(tokens=Sum("counted_tokens"), usd=Sum("counted_usd"))
    return _Sum(total["tokens"] or 0, total["usd"] or NOTHING)


def _held(turn: Turn, *, is_read_lately: bool) -> Payer:
    """The payer of a turn, with the rows locked that its budgets are about, but for the room.
    `is_read_lately`: the turn was read just now, and its room with it."""
    if limits.person_everywhere_usd() is None:
        chains = Chain.objects.select_related("person", *(() if is_read_lately else ("room",)))
        chain = chains.select_for_update(of=("self",), no_key=True).get(pk=turn.chain_id)
        return Payer(turn.room if is_read_lately else chain.room, chain, chain.person)
    payer = payer_of(turn)
    person = payer.person
    if person is not None:
        account: QuerySet[Any]
        if person.user_id is not None:
            account = get_user_model().objects.filter(pk=person.user_id)
        else:
            account = Guest.objects.filter(pk__in=[person.guest_id])
        list(account.select_for_update(no_key=True).values_list("pk"))
    list(Chain.objects.select_for_update(no_key=True).filter(pk=turn.chain_id).values_list("pk"))
    return payer


def _held_room(room: Room) -> Room:
    """The room as it is now; locked where it has a budget for a day."""
    if limits.room_day_usd(room) is None and limits.person_day_usd(room) is None:
        return room
    return Room.objects.select_for_update(no_key=True).get(pk=room.pk)


def _fill(entry: UsageEntry, usage: Usage, *, said: str, reserved_input: int) -> None:
    """Write `usage` and what budgets count of it.

    1. The cost is the provider's or LiteLLM's; else that of the model's card.
    2. Tokens that were not told count as what was reserved to be read, and as what was seen
       to be written.
    3. A cost that is not known counts at the card's price, or the one assumed without one.
    """
    price = price_of(entry.model)
    entry.input_tokens, entry.output_tokens = usage.input_tokens, usage.output_tokens
    entry.cached_tokens, entry.cost_usd = usage.cached_tokens, usage.cost_usd
    is_told = usage.input_tokens is not None and usage.output_tokens is not None
    read = reserved_input if usage.input_tokens is None else usage.input_tokens
    written = budgets.estimate_tokens(said) if usage.output_tokens is None else usage.output_tokens
    if entry.cost_usd is None and is_told and price.is_known and not price.is_free:
        entry.cost_usd = price.of(read, written)
    entry.counted_tokens = read + written
    entry.counted_usd = price.of(read, written) if entry.cost_usd is None else entry.cost_usd


def _tightest(accounts: Sequence[Account]) -> Account | None:
    """The one that is spent furthest."""
    limited = [account for account in accounts if account.limit]
    return max(limited, key=lambda account: account.spent / (account.limit or 1), default=None)


def _is_told(entry: UsageEntry) -> bool:
    return any(number is not None for number in (entry.input_tokens, entry.output_tokens, entry.cost_usd))


def _watch(payer: Payer) -> None:
    """Tell the room of a budget that is nearly or wholly spent by now."""
    # By what was spent, whatever is reserved.
    books = _books(payer, Turn.objects.none())
    if any(budgets.level_of(account) != "ok" for account in books.accounts):
        alerts.tell(payer.room, payer.chain, payer.person, books.accounts)
