"""Whom a message calls: what it reads as, held against who is in the room. Pure.

1. In an archived room, and by a message that was posted quietly, nobody is called.
2. Who is named is called: at once, or after others. A persona names neither itself nor everybody.
3. Replying to a persona calls it, where a person replies.
4. @all calls whoever is not named otherwise.
5. A message of a person that names nobody is left to the room's policy.
6. Muted: a person's direct call is refused, for all to see; every other call passes it over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from llm.reading import Reading
from llm.reasons import Reason

Cause = Literal["mention", "mention_all", "handover", "reply"]
Policy = Literal["silent", "reply_only", "router", "run"]

# Of one message; whoever is named beyond is left out and told so.
MOST_STEPS = 20


@dataclass(frozen=True)
class Persona:
    id: UUID
    is_muted: bool = False


@dataclass(frozen=True)
class Facts:
    """What the decision rests on.

    `personas` are those in the room, its author among them where that is one. `replied_to` is who
    wrote what it replies to. `follows` is the persona whose answer to the author stands right
    before. `pending` are those who were asked to speak after this very message. `is_routed`: the
    rules of the router allow to ask it (`llm.routing.rules`).
    """

    author: UUID
    is_person: bool
    personas: Sequence[Persona]
    reading: Reading
    policy: Policy = "silent"
    is_archived: bool = False
    is_quiet: bool = False
    replied_to: UUID | None = None
    follows: UUID | None = None
    pending: frozenset[UUID] = frozenset()
    is_routed: bool = False
    unrouted: Reason = "router_no_question"


@dataclass(frozen=True)
class Wake:
    id: UUID
    cause: Cause
    task: str = ""
    is_refused: bool = False


@dataclass(frozen=True)
class PlannedStep:
    """A persona of the room that is to speak after those of `after`."""

    id: UUID
    after: tuple[UUID | None, ...]
    round: int
    task: str = ""


@dataclass(frozen=True)
class Plan:
    """`wakes` now; `steps` later, each with its true predecessors; `candidates` to ask the router
    about; `why` a reason for every persona of the room."""

    wakes: tuple[Wake, ...] = ()
    steps: tuple[PlannedStep, ...] = ()
    candidates: tuple[UUID, ...] = ()
    why: Mapping[Reason, tuple[UUID, ...]] = field(default_factory=dict)


def plan(facts: Facts) -> Plan:
    """Who is woken, who will be, who might be, and why everybody else is not."""
    present = {persona.id: persona for persona in facts.personas}
    others = [persona for persona in facts.personas if persona.id != facts.author]
    why: dict[UUID, Reason] = {}
    if facts.author in present:
        why[facts.author] = "author"
    if facts.is_archived or facts.is_quiet:
        nobody: Reason = "archived" if facts.is_archived else "quiet"
        return Plan(why=_by_reason(present, {**dict.fromkeys(present, nobody), **why}))
    wakes: dict[UUID, Wake] = {}
    steps = _call_named(facts, {persona.id: persona for persona in others}, wakes, why)
    candidates: tuple[UUID, ...] = ()
    rest: Reason = "other_called"
    if not wakes and not steps and not facts.pending & why.keys() and facts.is_person:
        candidates, rest = _by_policy(facts, others, wakes, why)
    for persona in others:
        why.setdefault(persona.id, rest)
    return Plan(tuple(wakes.values()), steps, candidates, _by_reason(present, why))


def _call_named(
    facts: Facts, others: Mapping[UUID, Persona], wakes: dict[UUID, Wake], why: dict[UUID, Reason]
) -> tuple[PlannedStep, ...]:
    reading = facts.reading
    for id_ in reading.informed:
        if id_ in others:
            why[id_] = "informed"
    later = {step.id for step in reading.then if step.id is not None}
    for call in reading.now:
        if call.id is not None and call.id in others:
            _call(facts, others[call.id], call.task, wakes, why)
    replied_to = facts.replied_to
    if facts.is_person and replied_to in others and replied_to not in {*why, *later}:
        persona = others[replied_to]  # type: ignore[index]  # None is in no mapping of ids
        wakes[persona.id] = Wake(persona.id, "reply", is_refused=persona.is_muted)
        why[persona.id] = "muted" if persona.is_muted else "reply"
    everybody = next((call for call in reading.now if call.id is None), None)
    if everybody is not None and facts.is_person:
        for persona in others.values():
            if persona.id in why or persona.id in later:
                continue
            why[persona.id] = "muted" if persona.is_muted else "all"
            if not persona.is_muted:
                wakes[persona.id] = Wake(persona.id, "mention_all", everybody.task)
    return _arranged(facts, others, wakes, why)


def _call(
    facts: Facts, persona: Persona, task: str, wakes: dict[UUID, Wake], why: dict[UUID, Reason]
) -> None:
    if persona.id in facts.pending:
        why[persona.id] = "pending"
    elif facts.is_person:
        wakes[persona.id] = Wake(persona.id, "mention", task, is_refused=persona.is_muted)
        why[persona.id] = "muted" if persona.is_muted else "mention"
    elif persona.is_muted:
        why[persona.id] = "muted"
    else:
        wakes[persona.id] = Wake(persona.id, "handover", task)
        why[persona.id] = "handover"


def _arranged(
    facts: Facts, others: Mapping[UUID, Persona], wakes: dict[UUID, Wake], why: dict[UUID, Reason]
) -> tuple[PlannedStep, ...]:
    """The steps whose predecessors are personas that speak; whoever has none is called now."""
    first = frozenset(wakes)
    # Where the text names nobody to wait for, whom it replies to is meant.
    replied = frozenset(wake.id for wake in wakes.values() if wake.cause == "reply")
    rounds: dict[UUID, int] = dict.fromkeys(first, 0)
    steps: list[PlannedStep] = []
    for step in sorted(_for_each(facts, others, why), key=lambda step: step.round):
        if step.id in facts.pending:
            why[step.id] = "pending"
            continue
        after = _predecessors(step, first, replied, rounds)
        if not after:
            if step.id not in wakes:
                _call(facts, others[step.id], step.task, wakes, why)
                rounds.setdefault(step.id, 0)
        elif len(steps) >= MOST_STEPS:
            why.setdefault(step.id, "too_many")
        else:
            round_ = 1 + max(rounds[id_] for id_ in after)
            steps.append(PlannedStep(step.id, after, round_, step.task))
            rounds[step.id] = round_
            why.setdefault(step.id, "then")
    return tuple(steps)


def _for_each(
    facts: Facts, others: Mapping[UUID, Persona], why: Mapping[UUID, Reason]
) -> Iterator[PlannedStep]:
    """The steps of personas that are here, "then @all" as one for each that is not named."""
    later = {step.id for step in facts.reading.then}
    for step in facts.reading.then:
        if step.id is not None:
            ids = [step.id] if step.id in others else []
        else:
            unnamed = [p for p in others.values() if p.id not in why and p.id not in later and not p.is_muted]
            ids = [persona.id for persona in unnamed] if facts.is_person else []
        for id_ in ids:
            yield PlannedStep(id_, step.after, step.round, step.task)


def _predecessors(
    step: PlannedStep, first: frozenset[UUID], replied: frozenset[UUID], rounds: Mapping[UUID, int]
) -> tuple[UUID, ...]:
    if not step.after:
        return tuple(sorted(replied - {step.id}))
    after: set[UUID] = set()
    for id_ in step.after:
        if id_ is None:
            after |= first
        elif id_ in rounds:
            after.add(id_)
    return tuple(sorted(after - {step.id}))


def _by_policy(
    facts: Facts, others: Sequence[Persona], wakes: dict[UUID, Wake], why: dict[UUID, Reason]
) -> tuple[tuple[UUID, ...], Reason]:
    """Who might be asked, and the reason of those who are not."""
    if facts.reading.named or facts.replied_to is not None:
        # A person was named, or replied to: it is theirs to answer.
        named = facts.reading.named
        return (), "silent" if named and named <= set(facts.reading.informed) else "other_called"
    match facts.policy:
        case "silent":
            return (), "silent"
        case "run":
            return (), "run_is_on"  # it hears of it at its next turn
        case "reply_only":
            persona = next((p for p in others if p.id == facts.follows and not p.is_muted), None)
            if persona is None:
                return (), "reply_only"
            wakes[persona.id] = Wake(persona.id, "reply")
            why[persona.id] = "follow_up"
            return (), "other_called"
        case "router":
            if not facts.is_routed:
                return (), facts.unrouted
            candidates = tuple(persona.id for persona in others if not persona.is_muted)
            for persona in others:
                why.setdefault(persona.id, "muted" if persona.is_muted else "routed")
            return candidates, "routed"


def _by_reason(present: Iterable[UUID], why: Mapping[UUID, Reason]) -> dict[Reason, tuple[UUID, ...]]:
    grouped: dict[Reason, list[UUID]] = {}
    for id_ in present:
        grouped.setdefault(why[id_], []).append(id_)
    return {reason: tuple(ids) for reason, ids in grouped.items()}
