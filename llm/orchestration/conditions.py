"""When a run ends whatever its mode wants: frozen predicates, put together with `|` and `&`. Pure.

Kept as data: `to_data` and `from_data`. Each answers why it is met, or None, from the history
alone, so that it needs no memory and no reset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, ClassVar

from llm.orchestration import answers
from llm.orchestration.values import FinishReason, History, Taken

# Of such data so much is looked at, and no more.
DEPTH_MOST = 6
PARTS_MOST = 20
# Two texts that share so many of their word pairs say the same.
ALIKE = 0.8
WORDS_LEAST = 4


class BadCondition(ValueError):
    """Data that is no stop condition. The text is for people."""


@dataclass(frozen=True)
class Met:
    reason: FinishReason
    message: str


class Condition:
    """One stop condition."""

    kind: ClassVar[str]

    def met(self, history: History) -> Met | None:
        raise NotImplementedError

    def __or__(self, other: Condition) -> Condition:
        return AnyOf((*_parts(self, AnyOf), *_parts(other, AnyOf)))

    def __and__(self, other: Condition) -> Condition:
        return AllOf((*_parts(self, AllOf), *_parts(other, AllOf)))


@dataclass(frozen=True)
class AnyOf(Condition):
    """The first of `parts` that is met."""

    parts: tuple[Condition, ...]
    kind: ClassVar[str] = "any"

    def met(self, history: History) -> Met | None:
        return next((met for part in self.parts if (met := part.met(history)) is not None), None)


@dataclass(frozen=True)
class AllOf(Condition):
    """All of `parts` at the same boundary; why the last one was is said."""

    parts: tuple[Condition, ...]
    kind: ClassVar[str] = "all"

    def met(self, history: History) -> Met | None:
        found = [part.met(history) for part in self.parts]
        return found[-1] if found and all(found) else None


@dataclass(frozen=True)
class Time(Condition):
    """It was on for so many seconds, pauses not counted."""

    seconds: float
    kind: ClassVar[str] = "time"

    def met(self, history: History) -> Met | None:
        if history.seconds < self.seconds:
            return None
        return Met("time", f"Its time is over ({_span(self.seconds)}).")


@dataclass(frozen=True)
class Turns(Condition):
    """So many turns were taken, in whatever way they ended."""

    turns: int
    kind: ClassVar[str] = "turns"

    def met(self, history: History) -> Met | None:
        if len(history.taken) < self.turns:
            return None
        return Met("turns", f"It has taken {self.turns} turns, the most that it may.")


@dataclass(frozen=True)
class Messages(Condition):
    """So many texts were written."""

    messages: int
    kind: ClassVar[str] = "messages"

    def met(self, history: History) -> Met | None:
        if sum(bool(turn.text.strip()) for turn in history.taken) < self.messages:
            return None
        return Met("messages", f"{self.messages} messages were written.")


@dataclass(frozen=True)
class Rounds(Condition):
    """So many rounds were finished: everybody of the cast who is here had so many turns."""

    rounds: int
    kind: ClassVar[str] = "rounds"

    def met(self, history: History) -> Met | None:
        counts = [sum(turn.member == id_ for turn in history.taken) for id_ in history.cast]
        if not counts or min(counts) < self.rounds:
            return None
        return Met("rounds", f"{self.rounds} rounds are over.")


@dataclass(frozen=True)
class Cost(Condition):
    """So many US dollars were spent, as budgets count it."""

    usd: float
    kind: ClassVar[str] = "cost"

    def met(self, history: History) -> Met | None:
        if history.usd < self.usd:
            return None
        return Met("cost", f"{self.usd:g} USD were spent.")


@dataclass(frozen=True)
class Tokens(Condition):
    """So many tokens were read and written."""

    tokens: int
    kind: ClassVar[str] = "tokens"

    def met(self, history: History) -> Met | None:
        if history.tokens < self.tokens:
            return None
        return Met("tokens", f"{self.tokens} tokens were used.")


@dataclass(frozen=True)
class Consensus(Condition):
    """Of the last ballots of all of the cast, such a share is for one thing."""

    share: float
    kind: ClassVar[str] = "consensus"

    def met(self, history: History) -> Met | None:
        newest: dict[Any, Taken] = {}
        for turn in history.taken:
            if turn.answer is not None and turn.ask is not None and turn.ask.kind == "ballot":
                newest[turn.member] = turn
        cast = history.cast
        if not cast or any(id_ not in newest for id_ in cast):
            return None
        counts: dict[str, int] = {}
        for id_ in cast:
            answer = newest[id_].answer
            key = answers.key_of(answer.choice if answer else "")
            counts[key] = counts.get(key, 0) + 1
        best = max(counts.values())
        if best < self.share * len(cast):
            return None
        return Met("consensus", f"{best} of {len(cast)} agree.")


@dataclass(frozen=True)
class AllPassed(Condition):
    """Everybody of the cast who is here passed, one after the other."""

    kind: ClassVar[str] = "all_passed"

    def met(self, history: History) -> Met | None:
        cast = set(history.cast)
        for turn in reversed(history.taken):
            if turn.state != "passed":
                return None
            cast.discard(turn.member)
            if not cast:
                return Met("all_passed", "Nobody has anything to add.")
        return None


@dataclass(frozen=True)
class Stall(Condition):
    """So many turns in a row brought no word and no answer."""

    turns: int
    kind: ClassVar[str] = "stall"

    def met(self, history: History) -> Met | None:
        last = _last(history, self.turns)
        if len(last) < self.turns or any(turn.text.strip() or turn.answer is not None for turn in last):
            return None
        return Met("stall", f"Nothing came of the last {self.turns} turns.")


@dataclass(frozen=True)
class Repetition(Condition):
    """So many texts in a row say what one of the two rounds before them said already."""

    turns: int
    kind: ClassVar[str] = "repetition"

    def met(self, history: History) -> Met | None:
        written = [turn for turn in history.taken if turn.text.strip() and not turn.is_sealed]
        if len(written) <= self.turns:
            return None
        last = written[-self.turns :]
        reach = 2 * max(1, len(history.cast))
        for at, turn in enumerate(last, len(written) - self.turns):
            earlier = written[max(0, at - reach) : at]
            if not any(alike(turn.text, before.text) for before in earlier):
                return None
        return Met("repetition", "They only repeat what was said.")


@dataclass(frozen=True)
class Errors(Condition):
    """So many turns in a row failed."""

    turns: int
    kind: ClassVar[str] = "errors"

    def met(self, history: History) -> Met | None:
        last = _last(history, self.turns)
        if len(last) < self.turns or any(turn.state not in {"failed", "blocked"} for turn in last):
            return None
        return Met("errors", f"The last {self.turns} turns failed.")


@dataclass(frozen=True)
class Human(Condition):
    """A person said something."""

    kind: ClassVar[str] = "human"

    def met(self, history: History) -> Met | None:
        if not history.said:
            return None
        return Met("human", f"{history.said[-1].name} has spoken.")


_SIMPLE: tuple[type[Condition], ...] = (
    Time,
    Turns,
    Messages,
    Rounds,
    Cost,
    Tokens,
    Consensus,
    AllPassed,
    Stall,
    Repetition,
    Errors,
    Human,
)
KINDS: Mapping[str, type[Condition]] = {kind.kind: kind for kind in _SIMPLE}


def _last(history: History, least: int) -> Sequence[Taken]:
    """The last so many turns, and all of the round that they belong to: of several at the same time none
    is the later one."""
    if not history.taken:
        return ()
    newest = history.taken[-1]
    return history.taken[-max(least, len(history.of(newest.phase, newest.round))) :]


def alike(one: str, other: str) -> bool:
    """Whether two texts share nearly all of their pairs of words."""
    a, b = _pairs(one), _pairs(other)
    if len(a) < WORDS_LEAST or len(b) < WORDS_LEAST:
        return one.split() == other.split()
    return len(a & b) >= ALIKE * max(len(a), len(b))


def to_data(condition: Condition) -> dict[str, Any]:
    if isinstance(condition, AnyOf | AllOf):
        return {condition.kind: [to_data(part) for part in condition.parts]}
    values = {field.name: getattr(condition, field.name) for field in fields(condition)}  # type: ignore[arg-type] # every one is a dataclass
    return {"kind": condition.kind, **values}


def from_data(data: Any, *, depth: int = 0) -> Condition:
    """The condition that `to_data` wrote, or a client. Raises BadCondition."""
    if not isinstance(data, dict) or depth > DEPTH_MOST:
        raise BadCondition("A stop condition is an object with a kind, or with any or all of several.")
    for kind, group in (("any", AnyOf), ("all", AllOf)):
        if kind in data:
            parts = data[kind]
            if len(data) != 1 or not isinstance(parts, list) or not 0 < len(parts) <= PARTS_MOST:
                raise BadCondition(f"“{kind}” takes a list of 1 to {PARTS_MOST} stop conditions.")
            make: Callable[[tuple[Condition, ...]], Condition] = group
            return make(tuple(from_data(part, depth=depth + 1) for part in parts))
    simple = KINDS.get(str(data.get("kind")))
    if simple is None:
        raise BadCondition(f"There is no such stop condition; there are: {', '.join(KINDS)}.")
    return _simple(simple, {name: value for name, value in data.items() if name != "kind"})


def _simple(kind: type[Condition], values: dict[str, Any]) -> Condition:
    wanted = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type] # as above
    if set(values) != set(wanted):
        raise BadCondition(f"“{kind.kind}” takes {', '.join(wanted) or 'nothing'}.")
    for name, value in values.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 < value <= 10_000_000 or (wanted[name] == "int" and value != int(value)):
            raise BadCondition(f"“{kind.kind}”: {name} has to be a number above 0.")
    return kind(**{name: int(v) if wanted[name] == "int" else float(v) for name, v in values.items()})


def _parts(condition: Condition, group: type[AnyOf | AllOf]) -> Sequence[Condition]:
    if isinstance(condition, AnyOf | AllOf) and isinstance(condition, group):
        return condition.parts
    return (condition,)


def _pairs(text: str) -> set[tuple[str, str]]:
    words = text.casefold().split()
    return set(pairwise(words))


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds / 60:g} min"
