"""What the room is told about turns: registered with the rooms app in `apps.py`."""

from __future__ import annotations

from typing import ClassVar, Literal

from llm.orchestration.values import Part
from llm.reasons import Reason
from rooms.protocol.base import Id, Shape, Time
from rooms.protocol.commands import CommandData
from rooms.protocol.events import Durability, EventData
from rooms.protocol.shapes import ErrorShape

TurnState = Literal["queued", "running", "done", "passed", "stopped", "failed", "blocked"]
TurnCause = Literal[
    "mention",
    "mention_all",
    "handover",
    "reply",
    "retry",
    "continue",
    "then",
    "router",
    "speak",
    "poll",
    "run",
    "hand",
]
BudgetScope = Literal["chain", "room_day", "person_day"]
BudgetLevel = Literal["ok", "warned", "spent"]


class UsageShape(Shape):
    """What a turn used. Null was not told; `cost_usd` null means unpriced, which is not free.
    `cached_tokens` are those of the input that the provider had kept."""

    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    cost_usd: float | None


class FailedModelShape(Shape):
    """A model that was asked and did not answer: why, as `code` and one sentence for people."""

    model: str
    code: str
    message: str


class RunTurnShape(Shape):
    """What a turn is in its run: the `number`th, in a phase and round, as a part, and what it was asked
    for (`task`, one sentence). While `is_sealed` nobody is shown what it says: when its phase is over, it
    gets its message. A granted hand's turn is none of those that the mode decides on: its part is "hand",
    its number 0. `is_retaken`: it came to nothing, and the run takes it again."""

    run_id: Id
    number: int
    phase: str
    round: int
    part: Part
    task: str
    is_sealed: bool
    is_retaken: bool


class TurnShape(Shape):
    """One persona's opportunity to speak.

    queued → running → done | passed | stopped | failed; `blocked` was never allowed to
    run. `error` says why it failed, passed, was stopped or blocked; with `done` and the code
    `length`, that the model's limit cut the reply. A running turn without `message_id` has
    said nothing yet; with one, its message is streaming. A turn of the cause "continue"
    goes on with the message of an earlier one, and names it from its beginning.
    `model` is the one that answers, or was asked last; `failed_models` were asked before it, in
    this order. `cut_speaker` is for whom its text began to speak, where it was cut for that.
    `thought_seconds` is how long it thought, null where it showed no thinking (or is still
    at it); the text is at `turns/<id>/thinking/`.
    """

    id: Id
    participant_id: Id
    trigger_message_id: Id
    cause: TurnCause
    depth: int
    state: TurnState
    error: ErrorShape | None
    message_id: Id | None
    cut_speaker: str | None
    thought_seconds: int | None
    model: str
    is_scripted: bool
    failed_models: list[FailedModelShape]
    usage: UsageShape | None
    run: RunTurnShape | None
    created_at: Time
    started_at: Time | None
    ended_at: Time | None


class GivenCount(Shape):
    """So many of the room's messages, about so many tokens."""

    messages: int
    tokens: int


class GivenPart(Shape):
    """A stretch of what the model was given: `name` says of what (tools, rules, persona, room, roster,
    memory, conversation, pins, polls, recalled, notes, turn; round: what it said and did in this turn so
    far, and what came of that)."""

    role: Literal["tools", "system", "user", "assistant", "tool"]
    name: str
    tokens: int
    text: str


class GivenShape(Shape):
    """What one attempt of a turn was given to read, to the letter: the texts of `parts`, one
    after the other, are the messages of the request, behind the tools that it offers. `attempts`
    are those that are kept.

    Of the room's messages some are in it word for word, some are folded into the memory, some
    old ones were recalled, and the rest was dropped. Tokens are estimates.
    """

    turn_id: Id
    attempt: int
    attempts: list[int]
    model: str
    layout: Literal["persona-first", "shared-first"]
    at: Time
    budget: int
    tokens: int
    parts: list[GivenPart]
    verbatim: GivenCount
    folded: GivenCount
    recalled: GivenCount
    dropped: GivenCount


class TurnPage(Shape):
    """`next` is the address of the next page, null at the end."""

    results: list[TurnShape]
    next: str | None


class TurnsStopped(Shape):
    """How many turns ended by it."""

    stopped: int


class TurnChanged(EventData):
    type: ClassVar[str] = "turn.changed"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = (
        "A persona was woken, started, or settled; also when it was not allowed to speak."
    )
    turn: TurnShape


class BudgetAlertShape(Shape):
    """That a budget is nearly ("warned", from 80 %) or wholly spent; "ok": it is not any more.

    `message` says it for people. Of the scope "chain", `message_id` is the message that the
    chain grew from; of "person_day", `participant_id` is the person. Amounts are US dollars.
    At `renews_at` (null for a chain) it is over by itself.
    """

    id: Id
    scope: BudgetScope
    level: BudgetLevel
    limit_usd: float
    spent_usd: float
    message: str
    message_id: Id | None
    participant_id: Id | None
    renews_at: Time | None


class BudgetChanged(EventData):
    type: ClassVar[str] = "budget.changed"
    durability: ClassVar[Durability] = "durable"
    summary: ClassVar[str] = (
        "A budget is nearly or wholly spent, or is not any more; once each, not for every sum."
    )
    budget: BudgetAlertShape


class Thought(Shape):
    """A piece of a running turn's thinking: append `text` where `fence` matches and `index`
    is next. Asked for by REST, all of it through that piece."""

    turn_id: Id
    fence: int
    index: int
    text: str


class TurnProgress(EventData):
    type: ClassVar[str] = "turn.progress"
    durability: ClassVar[Durability] = "ephemeral"
    summary: ClassVar[str] = "Pieces of what running turns think, of one worker and a quarter of a second."
    thoughts: list[Thought]


class StopTurn(CommandData):
    type: ClassVar[str] = "turn.stop"
    summary: ClassVar[str] = "Stop one persona's turn, queued or running (any member). Its text so far stays."
    turn_id: Id


class StopAllTurns(CommandData):
    type: ClassVar[str] = "turn.stop_all"
    summary: ClassVar[str] = "Stop every queued or running turn of the room (any member)."


class RetryTurn(CommandData):
    type: ClassVar[str] = "turn.retry"
    summary: ClassVar[str] = (
        "Ask again after a failed or stopped turn (any member). Of a run that is on, the run takes the same"
        " turn again at its next boundary, and it is named. Result: `turn_id`."
    )
    turn_id: Id


class ContinueTurn(CommandData):
    type: ClassVar[str] = "turn.continue"
    summary: ClassVar[str] = (
        "Have a reply that was stopped, failed or cut by the model's limit go on, in the same message"
        " (any member). Result: `turn_id`."
    )
    turn_id: Id


class SpeakNow(CommandData):
    type: ClassVar[str] = "turn.speak"
    summary: ClassVar[str] = (
        "Have a persona speak now, on the newest message (any member). Asked again while it waits or"
        " writes, it is one turn. Result: `turn_id`."
    )
    participant_id: Id


class WakeShape(Shape):
    """Why one persona did, or did not, speak because of a message.

    `why` is how it was decided; with `routed` the router was asked about it. `turn` is what came
    of its call, the newest try; null where it was not called, or not yet. `task` is its own part
    of the message, blank for all of it. Where it is to speak after
    others, `step` says how far that is, `after_ids` who they are, and `note` in a sentence why it
    was not handed over to.
    """

    participant_id: Id
    why: Reason
    task: str
    turn: TurnShape | None
    step: Literal["waiting", "called", "dropped"] | None
    after_ids: list[Id]
    note: str


class RouterShape(Shape):
    """What the room's router was asked about a message, and what it cost. Null is unknown."""

    state: Literal["waiting", "asking", "decided", "failed", "late"]
    chosen_ids: list[Id]
    error_code: str
    model: str
    is_scripted: bool
    usage: UsageShape | None


class WakesShape(Shape):
    """The wake ledger of a message, a line for each persona of the room at that time.

    `is_decided` is false for the moment until a message is read, for messages from before
    there was a ledger, and for what a persona wrote that names nobody.
    """

    message_id: Id
    is_decided: bool
    wakes: list[WakeShape]
    router: RouterShape | None


class UsageTotal(Shape):
    """Calls to models, added up. Tokens and `cost_usd` (US dollars) are of what was told:
    `unpriced_calls` have no known cost, which is not free, and `untold_calls` did not tell all
    of their tokens. `counted_usd` is what budgets count, with estimates for those."""

    calls: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: float
    unpriced_calls: int
    untold_calls: int
    counted_usd: float


class UsageGroup(Shape):
    """`key` is an id, a model's name, a kind of call or a day; null: what belongs to none."""

    by: Literal["persona", "model", "person", "kind", "room", "day"]
    key: str | None
    name: str
    total: UsageTotal


class BudgetState(Shape):
    """A budget of today, in US dollars; "person_day" is the asker's own. It renews at 00:00 UTC."""

    scope: BudgetScope
    limit_usd: float
    spent_usd: float
    reserved_usd: float
    level: BudgetLevel


class UsageReport(Shape):
    """What a room used, and its budgets as they are now."""

    total: UsageTotal
    groups: list[UsageGroup]
    budgets: list[BudgetState]


class GrantChain(CommandData):
    type: ClassVar[str] = "chain.grant"
    summary: ClassVar[str] = (
        "Let what grew from a message go on past its limits: those that were refused are woken"
        " again (any member). Names one of the refused turns. Result: `turn_ids`."
    )
    turn_id: Id


class ChainGranted(Shape):
    """The turns that were woken by it."""

    turn_ids: list[Id]


class ModelShape(Shape):
    """A model that personas can answer with. Windows are in tokens, prices in US dollars per
    million tokens. Null is unknown: unpriced is not free, and may have tools."""

    name: str
    label: str
    provider: str
    context_tokens: int | None
    output_tokens: int | None
    input_price: float | None
    output_price: float | None
    has_tools: bool | None
    has_vision: bool | None
    has_thinking: bool | None
    is_scripted: bool


class ModelList(Shape):
    """`total` may be more than are listed; `default` answers where none is chosen, null where
    that is the demo."""

    results: list[ModelShape]
    total: int
    default: str | None
