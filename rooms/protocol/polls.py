"""Polls: what everybody sees of one, what its voters are told alone, and what may be asked."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from rooms.protocol.base import Id, Shape, Time
from rooms.protocol.commands import CommandData
from rooms.protocol.events import Durability, EventData

QUESTION_CHARACTERS = 300
OPTION_CHARACTERS = 120
REASON_CHARACTERS = 200
OPTIONS_LEAST = 2
OPTIONS_MOST = 12
SECONDS_LEAST = 10
SECONDS_MOST = 30 * 24 * 3_600

PersonaVoting = Literal["none", "may", "must"]


def _one_line(text: str) -> str:
    """`text` in one line. Raises ValueError where nothing of it is visible, or something breaks it."""
    line = " ".join(text.split())
    if not any(character.isprintable() and not character.isspace() for character in line):
        raise ValueError("has nothing visible in it")
    if any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in line):
        raise ValueError("can't contain control characters")
    return line


def _reason(text: str) -> str:
    return _one_line(text) if text.strip() else ""


Question = Annotated[
    str, StringConstraints(min_length=1, max_length=QUESTION_CHARACTERS), AfterValidator(_one_line)
]
Option = Annotated[
    str, StringConstraints(min_length=1, max_length=OPTION_CHARACTERS), AfterValidator(_one_line)
]
Reason = Annotated[str, StringConstraints(max_length=REASON_CHARACTERS), AfterValidator(_reason)]
Choices = Annotated[
    list[Annotated[int, Field(ge=0, lt=OPTIONS_MOST)]], Field(min_length=1, max_length=OPTIONS_MOST)
]
Seconds = Annotated[int, Field(ge=SECONDS_LEAST, le=SECONDS_MOST)]


class CountShape(Shape):
    """How many voters. `people` and `personas` are null in an anonymous poll, but for one that is
    closed and in which enough of each voted."""

    total: int
    people: int | None
    personas: int | None


class SharedModelShape(Shape):
    """A model that several personas voted with: their votes are no independent ones."""

    model: str
    voters: int


class ElectorateShape(Shape):
    """Whom a poll had asked when it ended: who was there and might vote, and who had voted."""

    people: int
    personas: int


class PollShape(Shape):
    """A poll, as everybody in the room sees it. `id` is its message's too.

    `options` are chosen by their index. `is_sealed`: what was voted is told when it closes.
    `is_anonymous`: who voted is never told. `tally` has a count an option, and is null while
    sealed. `closed_by_id` is null while it is open, and where its deadline (`closes_at`) ended it.
    `revision` rises with whatever everybody can see change.
    """

    id: Id
    participant_id: Id
    question: str
    options: list[str]
    is_multiple: bool
    is_anonymous: bool
    is_sealed: bool
    persona_voting: PersonaVoting
    created_at: Time
    closes_at: Time | None
    closed_at: Time | None
    closed_by_id: Id | None
    voters: CountShape
    tally: list[CountShape] | None
    shared_models: list[SharedModelShape]
    electorate: ElectorateShape | None
    revision: int


class BallotShape(Shape):
    """Your own vote: told to nobody but you. No `choices`: you have not voted."""

    poll_id: Id
    choices: list[int]
    reason: str


class VoteShape(Shape):
    """A vote that everybody may see. `participant_id` is null in an anonymous poll."""

    participant_id: Id | None
    choices: list[int]
    reason: str


class PollDetails(Shape):
    """A poll, your own vote, and everybody's as far as they may be seen now."""

    poll: PollShape
    ballot: BallotShape
    votes: list[VoteShape]


class PollPage(Shape):
    """`ballots` are your own. `next` is the address of the next page, null at the end."""

    results: list[PollShape]
    ballots: list[BallotShape]
    next: str | None


class PollChanged(EventData):
    type: ClassVar[str] = "poll.changed"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = (
        "A poll was asked, voted in, or closed. Never what is sealed, nor who voted what in an anonymous one."
    )
    poll: PollShape


class CreatePoll(CommandData):
    type: ClassVar[str] = "poll.create"
    summary: ClassVar[str] = (
        "Ask the room: two to twelve options. `persona_voting` says whether personas may, or are asked to,"
        " vote as well; an anonymous poll in which they do is sealed. Result: `poll_id`, also its message's."
    )
    question: Question
    options: Annotated[list[Option], Field(min_length=OPTIONS_LEAST, max_length=OPTIONS_MOST)]
    is_multiple: bool = False
    is_anonymous: bool = False
    is_sealed: bool = False
    persona_voting: PersonaVoting = "may"
    closes_in_seconds: Seconds | None = None

    @model_validator(mode="after")
    def _are_distinct(self) -> Self:
        if len({option.casefold() for option in self.options}) < len(self.options):
            raise ValueError("two options are the same")
        return self


class CastVote(CommandData):
    type: ClassVar[str] = "poll.vote"
    summary: ClassVar[str] = (
        "Vote, or change your vote, while the poll is open: the indexes of what you choose. Result: `ballot`."
    )
    poll_id: Id
    choices: Choices
    reason: Reason = ""


class ChooseOptions(Shape):
    """A vote: the indexes of what you choose."""

    choices: Choices
    reason: Reason = ""


class RetractVote(CommandData):
    type: ClassVar[str] = "poll.retract"
    summary: ClassVar[str] = "Take your vote back while the poll is open. Result: `ballot`, an empty one."
    poll_id: Id


class ClosePoll(CommandData):
    type: ClassVar[str] = "poll.close"
    summary: ClassVar[str] = "End a poll now: who asked it, an owner or a moderator. The result stays."
    poll_id: Id
