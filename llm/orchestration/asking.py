"""Phases in which several are asked the same: who is left to ask, and what was handed in. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from llm.orchestration.answers import key_of
from llm.orchestration.values import Change, Count, History, Minority, Part, Taken

# What hands in nothing is asked once more, and is then an abstention.
TRIES = 2


def takes(history: History, phase: str, number: int, member: UUID, part: Part | None = None) -> list[Taken]:
    found = (turn for turn in history.of(phase, number) if turn.member == member and not turn.is_retaken)
    return [turn for turn in found if part is None or turn.part == part]


def outstanding(
    history: History, phase: str, number: int, members: Iterable[UUID], part: Part | None = None
) -> list[UUID]:
    """Those of `members` who are to be asked (again) in this phase and round, in their order: whoever
    is here and was not asked yet, or was asked once and handed in nothing. What failed, was stopped or
    passed is not asked again."""
    return [
        id_
        for id_ in members
        if history.is_here(id_) and _is_outstanding(takes(history, phase, number, id_, part))
    ]


def _is_outstanding(taken: Sequence[Taken]) -> bool:
    if not taken:
        return True
    last = taken[-1]
    made_no_sense = last.ask is not None and last.answer is None and last.state == "done"
    return made_no_sense and len(taken) < TRIES


def handed_in(history: History, phase: str, number: int) -> dict[UUID, Taken]:
    """The newest turn with an answer of each member, abstentions left out, in the order of the cast."""
    found: dict[UUID, Taken] = {}
    for turn in history.of(phase, number):
        if has_handed_in(turn):
            found[turn.member] = turn
    order = [*history.setup.cast, *(id_ for id_ in found if id_ not in history.setup.cast)]
    return {id_: found[id_] for id_ in order if id_ in found}


def written(history: History, phase: str, number: int) -> dict[UUID, Taken]:
    """The newest turn of each member that came to something, in words or as an answer."""
    found = {
        turn.member: turn
        for turn in history.of(phase, number)
        if turn.state == "done" and (turn.text.strip() or has_handed_in(turn))
    }
    return {id_: found[id_] for id_ in history.setup.cast if id_ in found}


def has_handed_in(turn: Taken) -> bool:
    """Whether it has handed in an answer that counts: an abstention is none."""
    return turn.state == "done" and turn.answer is not None and not turn.answer.is_abstention


def counts(ballots: Mapping[UUID, Taken]) -> tuple[Count, ...]:
    """Who chose what, the most chosen first, then the surest; equal words are one choice."""
    groups: dict[str, list[Taken]] = defaultdict(list)
    for turn in ballots.values():
        assert turn.answer is not None  # noqa: S101 (ballots have one)
        groups[key_of(turn.answer.choice)].append(turn)
    made = [_count(turns) for turns in groups.values()]
    return tuple(sorted(made, key=lambda count: (-len(count.members), -(count.confidence or 0))))


def _count(turns: Sequence[Taken]) -> Count:
    said = [turn.answer for turn in turns if turn.answer is not None]
    sure = [answer.confidence for answer in said if answer.confidence is not None]
    confidence = round(sum(sure) / len(sure)) if sure else None
    return Count(said[0].choice, tuple(turn.member for turn in turns), confidence)


def leading(tally: Sequence[Count]) -> Count | None:
    """What has the most votes; None where two have as many."""
    if not tally or (len(tally) > 1 and len(tally[0].members) == len(tally[1].members)):
        return None
    return tally[0]


def has_quorum(tally: Sequence[Count], voters: int, share: float) -> bool:
    """Whether the first has such a share of all `voters`, who have not all to have voted."""
    # A little under, so that two of three are two thirds.
    return bool(tally) and voters > 0 and len(tally[0].members) >= share * voters - 1e-9


def changes(before: Mapping[UUID, Taken], after: Mapping[UUID, Taken]) -> tuple[Change, ...]:
    """Who chose otherwise in the end than in the beginning, and why as they say."""
    found = []
    for member, turn in after.items():
        first = before.get(member)
        if first is None or first.answer is None or turn.answer is None:
            continue
        if key_of(first.answer.choice) != key_of(turn.answer.choice):
            found.append(
                Change(member, first.answer.choice, turn.answer.choice, turn.answer.reason, turn.number)
            )
    return tuple(found)


def minority(ballots: Mapping[UUID, Taken], choice: str) -> tuple[Minority, ...]:
    """What those say who chose something else than `choice`."""
    return tuple(
        Minority(member, turn.answer.choice, turn.answer.reason, turn.number)
        for member, turn in ballots.items()
        if turn.answer is not None and key_of(turn.answer.choice) != key_of(choice)
    )
