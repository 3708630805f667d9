"""What clients are told of runs, and what they may ask of them. Pure."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints

from llm.orchestration.values import AskKind, FinishReason, Office
from rooms.protocol.base import Id, Shape, Time
from rooms.protocol.commands import CommandData
from rooms.protocol.events import Durability, EventData

RunState = Literal["running", "paused", "ended"]
ModeName = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Goal = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
Choice = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
LineText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]

CAST_MOST = 12
ROUNDS_MOST = 20
TURNS_MOST = 200
LINES_MOST = 30


class SupportShape(Shape):
    """What some of the cast chose. `confidence` is their average of 100, null where nobody said."""

    choice: str
    participant_ids: list[Id]
    confidence: int | None


class ChangeShape(Shape):
    """Somebody changed their mind, and why."""

    participant_id: Id
    before: str
    after: str
    reason: str
    message_ids: list[Id]


class MinorityShape(Shape):
    """What somebody held who was outvoted, and why."""

    participant_id: Id
    choice: str
    reason: str
    message_ids: list[Id]


class PointShape(Shape):
    """An open question or a task, with the messages that it comes from."""

    text: str
    message_ids: list[Id]


class OutcomeShape(Shape):
    """What a run came to. `is_decided`: `decision` is one, and not only how far it came. `before` and
    `after` are the counts of the first and of the last vote; empty where the mode has none. One that
    `is_pinned` is in sight wherever one reads, and every persona of the room is told of it."""

    decision: str
    is_decided: bool
    message_ids: list[Id]
    before: list[SupportShape]
    after: list[SupportShape]
    changed: list[ChangeShape]
    minority: list[MinorityShape]
    questions: list[PointShape]
    tasks: list[PointShape]
    edited_by: Id | None = None
    edited_at: Time | None = None
    is_pinned: bool = False


class RunEndShape(Shape):
    """Why a run ended: a code, and one sentence for people."""

    code: FinishReason
    message: str


class RunQuestionShape(Shape):
    """What people have to decide before a paused run goes on: `run.resume` with `text`, which may be one
    of `options` or anything else."""

    text: str
    options: list[str]


class OfficeShape(Shape):
    """Who has a part of their own in a run, such as the judge."""

    office: Office
    participant_id: Id


class RunShape(Shape):
    """A run as a whole; the one with the higher `revision` is the newer.

    `message_id` is the message with its goal, by whoever started it. `cast` are those who take part in
    their order, personas and then people; `offices` those with a part of their own. `turns` were taken or
    begun so far, of `max_turns`. `now_ids` are those who speak or are about to. In a sealed phase
    (`is_sealed`) `in_ids` are those whose answer is in; what it says is shown when the phase is over.
    `round` is 0 before the first turn. `cost_usd` is what is known, `unpriced_turns` have no known cost,
    which is not free. A run is paused where `state` says so; with a `question` it waits for people. It was
    on for `seconds`, and since `counted_from`, null where it is not on; pauses are not counted.
    """

    id: Id
    revision: int
    mode: ModeName
    goal: str
    message_id: Id
    started_by: Id | None
    cast: list[Id]
    offices: list[OfficeShape]
    choices: list[str]
    rounds: int
    state: RunState
    phase: str
    round: int
    turns: int
    max_turns: int
    now_ids: list[Id]
    is_sealed: bool
    in_ids: list[Id]
    cost_usd: float
    unpriced_turns: int
    tokens: int
    max_usd: float | None
    seconds: int
    counted_from: Time | None
    question: RunQuestionShape | None
    end: RunEndShape | None
    outcome: OutcomeShape | None
    created_at: Time
    ended_at: Time | None


class RunChanged(EventData):
    type: ClassVar[str] = "run.changed"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = (
        "A run was started, decided who is next, was paused or resumed, or ended; or its outcome was edited."
    )
    run: RunShape


class OutcomeDocument(Shape):
    """What a run came to, to take along."""

    markdown: str


class RunPage(Shape):
    """`next` is the address of the next page, null at the end."""

    results: list[RunShape]
    next: str | None


class ModeShape(Shape):
    """A mode that runs can have. `offices` are the parts that it appoints somebody to: `run.start` may
    name them, else the room's personas are looked through. `takes_choices`: it votes, and can be given
    what to choose from. `takes_people`: people can take part."""

    name: ModeName
    title: str
    about: str
    phases: list[str]
    offices: list[Office]
    least: int
    most: int
    rounds: int
    takes_choices: bool
    takes_people: bool


class ModeList(Shape):
    results: list[ModeShape]


class Appointment(Shape):
    """Who is to have a part of their own."""

    office: Office
    participant_id: Id


class RunSpec(Shape):
    """What a run is to be: for its start, and for its price before.

    `cast_ids` are personas of the room in the order in which they speak; without them all that are not
    muted. `people_ids` are people who take part, in modes that take them: what is sealed waits for their
    `run.answer`, for some minutes. `rounds` 0 leaves it to the mode. `choices`: what can be voted for, in
    modes that vote; without them answers are free. `quorum` is the share of the cast that has to agree.
    `max_turns` 0 leaves it to the mode. `stop` are further stop conditions, such as `{"any": [{"kind":
    "time", "seconds": 600}, {"kind": "human"}]}`: docs/orchestration.md has them.
    """

    mode: ModeName
    cast_ids: Annotated[list[Id], Field(max_length=CAST_MOST)] = []
    people_ids: Annotated[list[Id], Field(max_length=CAST_MOST)] = []
    offices: Annotated[list[Appointment], Field(max_length=4)] = []
    rounds: Annotated[int, Field(ge=0, le=ROUNDS_MOST)] = 0
    choices: Annotated[list[Choice], Field(max_length=12)] = []
    quorum: Annotated[float, Field(gt=0.5, le=1)] = 2 / 3
    max_turns: Annotated[int, Field(ge=0, le=TURNS_MOST)] = 0
    max_usd: Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)] = 0
    max_seconds: Annotated[int, Field(ge=0, le=86_400)] = 0
    stop: dict[str, Any] | None = None


class RunEstimate(Shape):
    """What a run is likely to take. `usd` null: a model has no known price, which is not free."""

    turns: int
    max_turns: int
    cast: list[Id]
    offices: list[OfficeShape]
    input_tokens: int
    output_tokens: int
    usd: float | None
    is_scripted: bool


class StartRun(RunSpec, CommandData):
    type: ClassVar[str] = "run.start"
    summary: ClassVar[str] = (
        "Start a run: its goal is posted as a message of yours, and the cast thinks about it (any member;"
        " one at a time in a room). Results: `run_id`, `message_id`."
    )
    goal: Goal


class PauseRun(CommandData):
    type: ClassVar[str] = "run.pause"
    summary: ClassVar[str] = "Begin no further turn of a run; whoever is speaking finishes (any member)."
    run_id: Id


class ResumeText(Shape):
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4_000)] = ""


class ResumeRun(ResumeText, CommandData):
    type: ClassVar[str] = "run.resume"
    summary: ClassVar[str] = (
        "Let a paused run go on; `text` is posted before, and answers what it asked, if it did (any member)."
    )
    run_id: Id


class SkipWhom(Shape):
    participant_id: Id | None = None


class SkipRun(SkipWhom, CommandData):
    type: ClassVar[str] = "run.skip"
    summary: ClassVar[str] = (
        "End the turn of whoever is speaking or next in a run, all of them in a phase where several are, and"
        " go on (any member)."
    )
    run_id: Id


class GivenAnswer(Shape):
    """`text` are one's own words; `choice` (with `confidence` of 100) or `ranking` what was asked for."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=8_000)] = ""
    choice: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    confidence: Annotated[int, Field(ge=0, le=100)] | None = None
    ranking: Annotated[list[Choice], Field(max_length=12)] = []


class AnswerRun(GivenAnswer, CommandData):
    type: ClassVar[str] = "run.answer"
    summary: ClassVar[str] = (
        "Hand in what a run asks you for, sealed as the personas' answers are; empty, you pass (whoever takes"
        " part)."
    )
    run_id: Id


class AskShape(Shape):
    """What has to be handed in: a ballot's choice out of `choices` (none: anything), or a ranking of them."""

    kind: AskKind
    choices: list[str]


class MyTurnShape(Shape):
    """What a run asks of you now, `turn_id` null where it does not: the task, and what you are shown for it,
    such as the others' answers without their names."""

    turn_id: Id | None
    phase: str
    round: int
    task: str
    brief: str
    ask: AskShape | None


class StopRun(CommandData):
    type: ClassVar[str] = "run.stop"
    summary: ClassVar[str] = "End a run at once, with what it came to so far (any member)."
    run_id: Id


class OutcomeEdit(Shape):
    """What is given replaces what there was; null leaves it."""

    decision: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4_000)] | None = None
    questions: Annotated[list[LineText], Field(max_length=LINES_MOST)] | None = None
    tasks: Annotated[list[LineText], Field(max_length=LINES_MOST)] | None = None


class OutcomePin(Shape):
    is_pinned: bool


class PinOutcome(OutcomePin, CommandData):
    type: ClassVar[str] = "run.pin_outcome"
    summary: ClassVar[str] = (
        "Keep what a run came to in sight, for people and personas, or let it go (any member)."
    )
    run_id: Id


class EditOutcome(OutcomeEdit, CommandData):
    type: ClassVar[str] = "run.edit_outcome"
    summary: ClassVar[str] = (
        "Put the outcome of an ended run into better words; who voted for what stays (who started it, owner,"
        " moderator)."
    )
    run_id: Id
