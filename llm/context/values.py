"""What a persona's view of a room consists of, and what becomes of it: frozen values. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from llm.gateway.types import ChatMessage

Kind = Literal["human", "persona"]
Style = Literal["conversational", "detailed", "bullet"]

# "persona-first": the rules name the persona and its prompt stands right behind them, which
# models follow best. "shared-first": all that several personas of one model have in common
# stands first, and who is speaking last, so that the provider's cache serves all of them.
Layout = Literal["persona-first", "shared-first"]


@dataclass(frozen=True)
class Speaker:
    name: str
    kind: Kind
    title: str = ""
    description: str = ""


@dataclass(frozen=True)
class Line:
    """A message. `number` is its place in the room, `answers` that of the one it replies to."""

    speaker: Speaker
    text: str
    number: int = 0
    answers: int | None = None
    is_cut_off: bool = False


@dataclass(frozen=True)
class Memory:
    """The summary that stands for all messages up to the number `upto`."""

    text: str
    upto: int


@dataclass(frozen=True)
class Extra:
    """Something of the room that the turn needs besides what was said: its pins, its open
    polls. `name` is its tag, one of `escaping.TAGS`; `text` is escaped when it is rendered."""

    name: str
    text: str


@dataclass(frozen=True)
class View:
    """Everything that `render` may use.

    `transcript` is what was said after `memory`, in the order in which it was finished, the
    trigger among it; more than fits does no harm. `before` is the length, in the measure of
    `transcript.length_of`, of what was said between the two and is not in it. `budget` is in tokens of
    `llm.context.tokens`. `may_pass`: nobody asked this persona itself. `task` is the persona's
    own clause of the trigger, blank for all of it. `said` is what the persona wrote of this
    very message before it was cut off. `notes` are sentences about the persona's earlier
    turns. `abilities` are further rules, the same for every persona of one model.
    """

    me: Speaker
    prompt: str
    room_name: str
    room_description: str
    roster: Sequence[Speaker]
    transcript: Sequence[Line]
    trigger: Line
    budget: int
    layout: Layout = "persona-first"
    before: int = 0
    parent: Line | None = None
    memory: Memory | None = None
    recalled: Sequence[Line] = ()
    extras: Sequence[Extra] = ()
    notes: Sequence[str] = ()
    abilities: str = ""
    may_pass: bool = False
    task: str = ""
    said: str = ""
    style: Style = "conversational"


@dataclass(frozen=True)
class Section:
    """Which part of the view stands where: characters `start` to `end` of the message with that
    index. `is_cut`: it was longer than its share."""

    name: str
    message: int
    start: int
    end: int
    tokens: int
    is_cut: bool = False


@dataclass(frozen=True)
class Rendered:
    """The request's messages and what they were made of.

    `verbatim` are the numbers of the messages in the transcript, `recalled` of those in the
    turn block; what the view's transcript holds besides was dropped.
    """

    layout: Layout
    messages: tuple[ChatMessage, ...]
    sections: tuple[Section, ...]
    verbatim: tuple[int, ...]
    recalled: tuple[int, ...]
    budget: int
    tokens: int = field(default=0)
