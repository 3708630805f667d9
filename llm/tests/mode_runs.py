"""Runs of modes without a database: a strategy is asked, and a script says how each turn ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from llm.orchestration.values import (
    Answer,
    Decision,
    Finish,
    History,
    Member,
    Mode,
    Outcome,
    Said,
    Setup,
    Speak,
    SpeakTogether,
    Speech,
    Taken,
    TakenState,
    Wait,
)

ADA, BO, CY, DEE, EVE = (UUID(int=number) for number in range(1, 6))
NAMES = {ADA: "Ada", BO: "Bo", CY: "Cy", DEE: "Dee", EVE: "Eve"}
# More decisions than any run of these tests may take.
DECISIONS_MOST = 300


@dataclass(frozen=True)
class End:
    """How a turn ends."""

    state: TakenState = "done"
    text: str = ""
    answer: Answer | None = None
    code: str = ""


Script = Callable[[History, Speech], End]


@dataclass
class Played:
    """A run that has ended, or that waits for people."""

    history: History
    decisions: list[Decision] = field(default_factory=list)

    @property
    def end(self) -> Finish:
        last = self.decisions[-1]
        assert isinstance(last, Finish), last
        return last

    def spoke(self, phase: str | None = None) -> list[str]:
        """Who had turns, by name, in order."""
        return [NAMES[turn.member] for turn in self.history.taken if phase in {None, turn.phase}]


def setup(cast: Sequence[UUID] = (ADA, BO, CY), **values: object) -> Setup:
    return replace(Setup("Which day?", tuple(cast), seed="s"), **values)  # type: ignore[arg-type]


def history(given: Setup, gone: Sequence[UUID] = ()) -> History:
    ids = [*given.cast, *(id_ for _, id_ in given.offices if id_ not in given.cast)]
    return History(given, tuple(Member(id_, NAMES[id_], is_here=id_ not in gone) for id_ in ids))


def without(known: History, gone: UUID) -> History:
    """Somebody has left, or was muted."""
    members = tuple(replace(m, is_here=m.is_here and m.id != gone) for m in known.members)
    return replace(known, members=members)


def take(known: History, decision: Speak | SpeakTogether, script: Script) -> History:
    """The turns of a decision, ended as the script says; those of before `opens` are sealed no more."""
    opened = tuple(
        replace(turn, is_sealed=turn.is_sealed and turn.phase not in decision.opens) for turn in known.taken
    )
    speeches = decision.speeches if isinstance(decision, SpeakTogether) else (decision.speech,)
    new = []
    for number, speech in enumerate(speeches, len(known.taken) + 1):
        end = script(known, speech)
        new.append(
            Taken(
                number,
                speech.member,
                speech.part,
                speech.phase,
                speech.round,
                end.state,
                speech.is_sealed,
                speech.ask,
                end.answer,
                end.text,
                end.code,
            )
        )
    return replace(known, taken=(*opened, *new))


def play(
    mode: Mode,
    known: History,
    script: Script,
    between: Callable[[History], History] = lambda history: history,
) -> Played:
    """Until it finishes, or waits for people. `between` happens at each boundary."""
    played = Played(known)
    for _ in range(DECISIONS_MOST):
        played.history = between(played.history)
        decision = mode.decide(played.history)
        assert mode.decide(played.history) == decision, "the same history gives the same decision"
        played.decisions.append(decision)
        if isinstance(decision, Finish | Wait):
            return played
        played.history = take(played.history, decision, script)
    raise AssertionError("It does not come to an end.")


def outcome(mode: Mode, played: Played) -> Outcome:
    made = mode.outcome(played.history)
    assert made is not None
    return made


def choosing(choices: Mapping[UUID, str | Sequence[str]]) -> Script:
    """Everybody hands in their choice; where there are several, one after the other."""

    def script(known: History, speech: Speech) -> End:
        given = choices[speech.member]
        if isinstance(given, str):
            return End(answer=Answer(given, 80, f"{NAMES[speech.member]} thinks so."))
        before = sum(turn.member == speech.member for turn in known.taken)
        return End(
            answer=Answer(given[min(before, len(given) - 1)], 80, f"{NAMES[speech.member]} thinks so.")
        )

    return script


def said(known: History, name: str = "Bob") -> History:
    """A person says something at this boundary."""
    return replace(known, said=(*known.said, Said(len(known.taken), name, "Mind the rain.")))
