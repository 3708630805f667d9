"""What a message asks of whom: now, afterwards, or only to know. Pure.

`read` is the whole of it; docs/dispatch.md tells its rules by examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from llm.reading.clauses import TASK_CHARACTERS, Told, Unit, told_to
from llm.reading.groups import groups_of, masked
from rooms.mentions import Mentionable, parse_mentions

__all__ = ["TASK_CHARACTERS", "Call", "Reading", "Step", "read"]


@dataclass(frozen=True)
class Call:
    """Somebody who is asked; `id` None is everybody who is not named. `task` blank: all of it."""

    id: UUID | None
    task: str = ""


@dataclass(frozen=True)
class Step:
    """Somebody who is asked after others, `after`; `round` is 1 for those behind the first.

    `after` is empty where the text begins with it ("then @Bo"): whom it goes on from, then.
    """

    id: UUID | None
    after: tuple[UUID | None, ...]
    round: int
    task: str = ""


@dataclass(frozen=True)
class Reading:
    """Each list in the order of the text. Who is asked is not also informed."""

    now: tuple[Call, ...] = ()
    then: tuple[Step, ...] = ()
    informed: tuple[UUID, ...] = ()

    @property
    def named(self) -> frozenset[UUID | None]:
        return frozenset({*(call.id for call in self.now), *(step.id for step in self.then), *self.informed})


NOTHING = Reading()


@dataclass
class _Asked:
    """What one is asked in one round, as the sentences are gone through."""

    parts: list[str]
    after: tuple[UUID | None, ...]


def read(text: str, cast: Sequence[Mentionable]) -> Reading:
    """What `text` asks of the participants `cast`. The same text gives the same answer."""
    mentions = parse_mentions(text, cast)
    if not mentions.spans:
        return NOTHING
    plain = masked(mentions)
    groups = groups_of(plain, mentions.spans)
    told = told_to(plain, mentions.text, groups)
    asked: dict[tuple[int, UUID | None], _Asked] = {}
    informed: dict[UUID | None, None] = {}
    last: tuple[int, tuple[UUID | None, ...], tuple[UUID | None, ...]] = (0, (), ())
    calls = 0
    for units in told.units:
        # Within a sentence, who is named beside somebody who follows, follows as well.
        round_ = 0
        after: tuple[UUID | None, ...] = ()
        ids: tuple[UUID | None, ...] = ()
        is_first = True
        for unit in units:
            kind = unit.groups[0].kind
            names = _names(unit)
            if kind == "inform":
                informed |= dict.fromkeys(names)
                continue
            calls += 1
            if kind == "then":
                before = last if is_first else (round_, after, ids)
                # "@Ada sums up, then @Ada …" is one thing after the other for one persona.
                if before[2] != names:
                    round_, after, ids = before[0] + 1, before[2], ()
            is_first = False
            for name in names:
                one = asked.setdefault((round_, name), _Asked([], after))
                one.parts += [part for part in unit.parts if part and part not in one.parts]
            ids = tuple(dict.fromkeys((*ids, *names)))
        if ids:
            last = (round_, after, ids)
    is_whole = calls <= 1
    tasks = {key: "" if is_whole else _task(told, one.parts) for key, one in asked.items()}
    if len(set(tasks.values())) == 1 and not any(round_ for round_, _ in tasks):
        tasks = dict.fromkeys(tasks, "")
    return Reading(
        now=tuple(Call(name, tasks[round_, name]) for round_, name in asked if round_ == 0),
        then=tuple(
            Step(name, one.after, round_, tasks[round_, name])
            for (round_, name), one in asked.items()
            if round_ > 0
        ),
        informed=tuple(
            name for name in informed if name is not None and not any(name == who for _, who in asked)
        ),
    )


def _names(unit: Unit) -> tuple[UUID | None, ...]:
    return tuple(dict.fromkeys(name for group in unit.groups for name in group.ids))


def _task(told: Told, parts: Sequence[str]) -> str:
    if not parts:
        return ""
    task = ". ".join([*told.before, *parts, *told.after])
    return f"{task[: TASK_CHARACTERS - 1]}…" if len(task) > TASK_CHARACTERS else task
