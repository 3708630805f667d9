"""What a call may cost, and when a budget is spent. Pure: the sums come from `llm.spending`.

Money is in US dollars. A budget counts what was spent and what calls under way have
reserved: the most that each of them can come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from math import ceil
from typing import Literal

from llm.guard import Refusal, RefusalCode

Scope = Literal["chain", "room_day", "person_day"]
Level = Literal["ok", "warned", "spent"]

NOTHING = Decimal(0)
MILLION = Decimal(1_000_000)
WARN_AT = Decimal("0.8")
# A reply that has to be shorter than this is not begun.
LEAST_OUTPUT = 256
# Bytes of UTF-8 to a token. Few texts have fewer: English about 4.5, Chinese 3.
BYTES_A_TOKEN = 3
# What each message of a request costs beside its text.
TOKENS_A_MESSAGE = 8

RENEWS = "It renews at 00:00 UTC."


@dataclass(frozen=True)
class Account:
    """One budget: `limit` None is none. `spent` was used, `reserved` is set aside for others.
    `person` is the name of whom it is for."""

    scope: Scope
    limit: Decimal | None
    spent: Decimal = NOTHING
    reserved: Decimal = NOTHING
    person: str = ""

    @property
    def left(self) -> Decimal | None:
        return None if self.limit is None else self.limit - self.spent - self.reserved


@dataclass(frozen=True)
class TokenAccount:
    """The tokens of a chain; as `Account`."""

    limit: int | None
    spent: int = 0
    reserved: int = 0

    @property
    def left(self) -> int | None:
        return None if self.limit is None else self.limit - self.spent - self.reserved


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens. `is_known` False: what budgets count all the same."""

    input: Decimal
    output: Decimal
    is_known: bool = True

    @property
    def is_free(self) -> bool:
        return self.input <= 0 and self.output <= 0

    def of(self, input_tokens: int, output_tokens: int) -> Decimal:
        return (self.input * input_tokens + self.output * output_tokens) / MILLION


FREE = Price(NOTHING, NOTHING)


@dataclass(frozen=True)
class Granted:
    """What a call may use: it is reserved until its usage is known."""

    input_tokens: int
    output_tokens: int
    usd: Decimal


def afford(
    accounts: Sequence[Account], tokens: TokenAccount, price: Price, *, input_tokens: int, output_tokens: int
) -> Granted | Refusal:
    """How much of `output_tokens` a call that reads `input_tokens` may write.

    All that is left of the tightest budget, if that is `LEAST_OUTPUT` at least: a reply that
    can't be as long as models may write is better than none, and none can go past a budget.
    """
    least = min(LEAST_OUTPUT, output_tokens)
    granted = output_tokens
    if tokens.left is not None:
        granted = min(granted, tokens.left - input_tokens)
        if granted < least:
            return token_refusal(tokens)
    for account in accounts:
        if account.left is None or price.is_free:
            continue
        if price.of(input_tokens, least) > account.left:
            return refusal(account)
        if price.output > 0:
            fits = (account.left - price.of(input_tokens, 0)) / price.output * MILLION
            granted = min(granted, int(fits.to_integral_value(ROUND_FLOOR)))
    return Granted(input_tokens, granted, price.of(input_tokens, granted))


def spent_up(accounts: Iterable[Account], tokens: TokenAccount, price: Price) -> Refusal | None:
    """Whether nothing at all is left for a call at `price`: asked before it waits in vain."""
    if tokens.left is not None and tokens.left < 1:
        return token_refusal(tokens)
    for account in accounts:
        if account.left is not None and account.left <= 0 and not price.is_free:
            return refusal(account)
    return None


def level_of(account: Account) -> Level:
    """How far it is spent, whatever is reserved: nearly at 80 %, wholly at 100 %."""
    if account.limit is None:
        return "ok"
    if account.spent >= account.limit:
        return "spent"
    return "warned" if account.spent >= account.limit * WARN_AT else "ok"


_CODES: dict[Scope, RefusalCode] = {
    "chain": "chain_budget",
    "room_day": "room_budget",
    "person_day": "person_budget",
}


def refusal(account: Account) -> Refusal:
    """The sentence of a budget that is spent. It needs a `limit`."""
    return Refusal(_CODES[account.scope], sentence(account, "spent"))


def token_refusal(tokens: TokenAccount) -> Refusal:
    return Refusal("token_limit", f"This exchange has used the {tokens.limit:,} tokens of one message.")


def sentence(account: Account, level: Level) -> str:
    """What the room is told of a budget at `level`, for people."""
    limit = dollars(account.limit or NOTHING)
    how_much = {"ok": "has enough left of", "warned": "has used 80 % of", "spent": "has used up"}[level]
    match account.scope:
        case "chain":
            return f"This exchange {how_much} the {limit} that one message may cost here."
        case "room_day":
            return f"This room {how_much} its budget of {limit} a day. {RENEWS}"
        case "person_day":
            who = account.person or "Somebody"
            return f"{who} {how_much} the {limit} that one person may cost a day. {RENEWS}"


def dollars(amount: Decimal) -> str:
    """Such as “1.00 USD”; what is below a cent with as many places as it needs, four at most."""
    text = f"{amount:.4f}".rstrip("0")
    whole, _, places = text.partition(".")
    return f"{whole}.{places:0<2} USD"


def estimate_tokens(text: str) -> int:
    """More tokens than `text` is likely to have, whatever it is written in."""
    return ceil(len(text.encode()) / BYTES_A_TOKEN)
