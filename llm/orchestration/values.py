"""What a run's strategy knows and answers: frozen values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

Part = Literal[
    "speaker",
    "opening",
    "rebuttal",
    "answer",
    "critique",
    "vote",
    "judge",
    "judge_swapped",
    "ranking",
    "synthesis",
    "leader",
    "follower",
    # Beside those that a mode decides on: whose raised hand was granted.
    "hand",
]
# What a run may appoint somebody to, besides the cast.
Office = Literal["judge", "leader", "chair"]
TakenState = Literal["queued", "running", "done", "passed", "stopped", "failed", "blocked"]
FinishReason = Literal[
    "finished",
    "consensus",
    "all_passed",
    "time",
    "messages",
    "rounds",
    "turns",
    "cost",
    "tokens",
    "stall",
    "repetition",
    "errors",
    "human",
    "stopped",
    "nobody_left",
    "room_archived",
    "internal",
]
AskKind = Literal["ballot", "verdict", "ranking", "lead"]

# These read the run through what they are shown in its `brief`, and not in the transcript.
BLIND: frozenset[Part] = frozenset({"judge", "judge_swapped"})


@dataclass(frozen=True)
class Member:
    """A persona of the run. `is_here`: in the room and not muted."""

    id: UUID
    name: str
    model: str = ""
    is_here: bool = True


@dataclass(frozen=True)
class Setup:
    """What a run was started with. `cast` is in its order. `choices`: what may be answered, nothing for
    anything. `quorum` is the share of the cast that has to agree. `seed` is the run's own, for orders
    that look like chance and are the same again."""

    goal: str
    cast: tuple[UUID, ...]
    offices: tuple[tuple[Office, UUID], ...] = ()
    rounds: int = 2
    quorum: float = 2 / 3
    choices: tuple[str, ...] = ()
    seed: str = ""

    def office(self, name: Office) -> UUID | None:
        return dict(self.offices).get(name)


@dataclass(frozen=True)
class Ask:
    """What a turn has to hand in besides its text. `choices`: what may be chosen, nothing for anything."""

    kind: AskKind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a turn handed in; of an `Ask` only the fields of its kind mean something.

    A ballot or a verdict: `choice` with `confidence` (0 to 100) and `reason`. A ranking: labels, the
    best first. The leader's: `next` with an `instruction`, the `progress`, whether it `is_done`, or a
    `question` to people with `options`. `is_abstention`: it was asked twice and made no sense.
    """

    choice: str = ""
    confidence: int | None = None
    reason: str = ""
    ranking: tuple[str, ...] = ()
    next: str = ""
    instruction: str = ""
    progress: tuple[str, ...] = ()
    is_done: bool = False
    question: str = ""
    options: tuple[str, ...] = ()
    is_abstention: bool = False


@dataclass(frozen=True)
class Speech:
    """A turn that a strategy wants. `task` is one sentence that everybody may read; what only the
    persona is shown comes from the mode's `brief`."""

    member: UUID
    part: Part
    phase: str
    task: str
    round: int = 1
    is_sealed: bool = False
    ask: Ask | None = None


@dataclass(frozen=True)
class Taken:
    """A turn of the run, in whatever state. `number` counts from 1. `text` of a sealed one is known to
    strategies before anybody else. `code` says why it failed or was refused. `is_retaken`: it failed or was
    stopped, and is to be asked for as if it had not been."""

    number: int
    member: UUID
    part: Part
    phase: str
    round: int = 1
    state: TakenState = "done"
    is_sealed: bool = False
    ask: Ask | None = None
    answer: Answer | None = None
    text: str = ""
    code: str = ""
    tokens: int = 0
    usd: float = 0.0
    is_retaken: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in {"queued", "running"}


@dataclass(frozen=True)
class Said:
    """What a person said while the run was on, behind its turn `after` (0: before the first)."""

    after: int
    name: str
    text: str


@dataclass(frozen=True)
class History:
    """All that a decision may depend on. `seconds` is how long the run was on, without pauses.
    `asked_at`: behind how many turns people were asked something, and the run went on since. Beside those
    `taken`, granted hands used `beside_tokens` and `beside_usd`."""

    setup: Setup
    members: tuple[Member, ...]
    taken: tuple[Taken, ...] = ()
    said: tuple[Said, ...] = ()
    seconds: float = 0.0
    asked_at: frozenset[int] = frozenset()
    beside_tokens: int = 0
    beside_usd: float = 0.0

    def member(self, id_: UUID) -> Member | None:
        return next((member for member in self.members if member.id == id_), None)

    def name(self, id_: UUID) -> str:
        member = self.member(id_)
        return member.name if member else "somebody"

    def is_here(self, id_: UUID | None) -> bool:
        member = self.member(id_) if id_ else None
        return member is not None and member.is_here

    @property
    def cast(self) -> tuple[UUID, ...]:
        """Those of the cast who are here, in order."""
        return tuple(id_ for id_ in self.setup.cast if self.is_here(id_))

    def of(self, phase: str, round: int | None = None) -> tuple[Taken, ...]:  # noqa: A002 (the word of the field)
        return tuple(t for t in self.taken if t.phase == phase and (round is None or t.round == round))

    @property
    def usd(self) -> float:
        """What the run cost so far."""
        return sum(turn.usd for turn in self.taken) + self.beside_usd

    @property
    def tokens(self) -> int:
        return sum(turn.tokens for turn in self.taken) + self.beside_tokens

    @property
    def is_sealed(self) -> bool:
        """Whether something was said that waits for its phase to be over."""
        return any(turn.is_sealed for turn in self.taken)

    @property
    def is_at_boundary(self) -> bool:
        """Whether nobody of the run is speaking or about to."""
        return not any(turn.is_open for turn in self.taken)


@dataclass(frozen=True)
class Speak:
    """One persona is next. Before it, what was sealed in the phases `opens` is shown."""

    speech: Speech
    opens: tuple[str, ...] = ()


@dataclass(frozen=True)
class SpeakTogether:
    """Several at the same time, each without the others."""

    speeches: tuple[Speech, ...]
    opens: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wait:
    """Nothing until a person has answered `question`, or, where that is blank, until a turn ends."""

    question: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finish:
    """The run is over; `message` says why, for people."""

    reason: FinishReason
    message: str


Decision = Speak | SpeakTogether | Wait | Finish


@dataclass(frozen=True)
class Count:
    """Who chose what, with how much confidence on the average (None: nobody said)."""

    choice: str
    members: tuple[UUID, ...]
    confidence: int | None = None


@dataclass(frozen=True)
class Change:
    """Somebody changed their mind, and why, in the turn `number`."""

    member: UUID
    before: str
    after: str
    reason: str
    number: int


@dataclass(frozen=True)
class Minority:
    """What somebody held who was outvoted, and why, in the turn `number`."""

    member: UUID
    choice: str
    reason: str
    number: int


@dataclass(frozen=True)
class Point:
    """Something to keep, with the turns that it comes from."""

    text: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a run came to. `is_decided`: whether `decision` is one, and not only how far it came."""

    decision: str
    is_decided: bool
    numbers: tuple[int, ...] = ()
    before: tuple[Count, ...] = ()
    after: tuple[Count, ...] = ()
    changed: tuple[Change, ...] = ()
    minority: tuple[Minority, ...] = ()
    questions: tuple[Point, ...] = ()
    tasks: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Mode:
    """A way to think together: pure functions and what people read of it.

    `decide(history)` is asked at a turn's boundary, where nobody of the run is speaking. `outcome` is
    asked once, at whatever end. `brief(history, turn)` is what a turn is shown besides its task and the
    transcript. `expected(setup)` are the turns that a run is likely to take, for its price.
    `say(history, turn)` is what the room is told of what a turn handed in, where that is not clear as it
    stands. Whoever has one of `offices` is not in the cast where these are apart from it. Where it
    `takes_people`, all that it asks of the cast is sealed.
    """

    name: str
    title: str
    about: str
    decide: Callable[[History], Decision]
    outcome: Callable[[History], Outcome | None]
    brief: Callable[[History, Taken], str]
    expected: Callable[[Setup], Sequence[UUID]]
    least: int = 2
    most: int = 8
    rounds: int = 2
    offices: tuple[Office, ...] = ()
    are_offices_apart: bool = True
    needs_offices: bool = False
    takes_choices: bool = False
    takes_people: bool = False
    phases: tuple[str, ...] = field(default=())
    say: Callable[[History, Taken], str] | None = None
