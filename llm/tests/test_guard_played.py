"""No graph of mentions passes a limit where it is really played: messages, turns, refusals and grants
as rows, by the dispatch and the claims that production uses. As pure counts: test_guard.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, event, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from llm import limits, turns
from llm.dispatch import dispatch_room
from llm.ledger import wakes_of
from llm.models import Turn
from llm.tests.helpers import WORKER, seat
from rooms.models import Event, Message, Participant
from rooms.protocol.shapes import ErrorShape
from rooms.tests.people import Workshop

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("redis_server"),
    pytest.mark.timeout(300),  # fifteen seconds on a quiet machine
]

NAMES = ("Ada", "Bo", "Cy", "Dee", "Eve", "Fay")
# Of a call by a person only the size of its own message is refused.
OF_A_PERSON = {"turn_limit", "fanout_limit"}
ALL_CODES = OF_A_PERSON | {"depth_limit", "persona_limit", "pair_limit", "already_queued", "superseded"}
BY_A_PERSON = {Turn.Cause.MENTION, Turn.Cause.REPLY}


@dataclass(frozen=True)
class Says:
    """A person says something that names these personas, and answers the newest reply or none."""

    person: int
    names: tuple[int, ...]
    is_reply: bool


@dataclass(frozen=True)
class Begins:
    """One of the waiting turns is taken by a worker."""

    which: int


@dataclass(frozen=True)
class Ends:
    """One of the running turns ends; where it is done, it hands over to these."""

    which: int
    state: Literal["done", "passed", "stopped", "failed"]
    names: tuple[int, ...]
    is_by_tool: bool


@dataclass(frozen=True)
class Grants:
    """A person lets a refused one go on."""

    person: int
    which: int


Step = Says | Begins | Ends | Grants

_names = st.lists(st.integers(0, len(NAMES) - 1), max_size=len(NAMES), unique=True).map(tuple)
_which = st.integers(0, 30)
_person = st.integers(0, 1)
# Mostly done: a chain has to grow before it meets a limit.
_state = st.sampled_from(["done"] * 5 + ["passed", "stopped", "failed"])
_begins = st.builds(Begins, _which)
_ends = st.builds(Ends, _which, _state, _names, st.booleans())
_steps = st.lists(
    st.one_of(
        *[st.tuples(_begins, _ends)] * 4,
        st.tuples(_begins),
        st.tuples(st.builds(Says, _person, _names, st.booleans())),
        st.tuples(st.builds(Grants, _person, _which)),
    ),
    min_size=8,
    max_size=25,
).map(lambda groups: [step for group in groups for step in group])
_limits = st.fixed_dictionaries(
    {
        "LLM_CHAIN_DEPTH": st.integers(1, 4),
        "LLM_CHAIN_TURNS": st.integers(2, 9),
        "LLM_CHAIN_PERSONA": st.integers(1, 4),
        "LLM_CHAIN_PAIR": st.integers(1, 2),
        "LLM_CHAIN_FANOUT": st.integers(1, 4),
        "LLM_GRANT_TURNS": st.integers(1, 2),
    }
)
# Ada and Bo send each other on and on, by tool and by name, and are granted more of it.
WIDE = {
    "LLM_CHAIN_DEPTH": 9,
    "LLM_CHAIN_TURNS": 9,
    "LLM_CHAIN_PERSONA": 9,
    "LLM_CHAIN_PAIR": 9,
    "LLM_CHAIN_FANOUT": 9,
    "LLM_GRANT_TURNS": 1,
}
_THERE: list[Step] = [Begins(0), Ends(0, "done", (0, 1), is_by_tool=True)]
_AND_BACK: list[Step] = [Begins(0), Ends(0, "done", (0, 1), is_by_tool=False)]
PING_PONG: list[Step] = [*(_THERE + _AND_BACK) * 2, Grants(0, 0), Grants(1, 0), *(_THERE + _AND_BACK) * 2]


class Play:
    """The steps, done through the doors that people and workers use."""

    def __init__(self, studio: Workshop, cast: Sequence[Participant]) -> None:
        self.studio = studio
        self.cast = cast
        self.people = (studio.alice, studio.bob)
        self.running: list[Turn] = []
        # What a message names, where it is whole: the personas that have to be told of, each once.
        self.named: dict[UUID, set[UUID]] = {}

    def do(self, step: Step) -> None:
        match step:
            case Says():
                self._say(step)
            case Begins():
                waiting = self._turns(Turn.State.QUEUED)
                if waiting:
                    claimed = turns.claim(waiting[step.which % len(waiting)].pk, WORKER)
                    self.running += [claimed] if claimed else []
            case Ends():
                if self.running:
                    self._end(self.running.pop(step.which % len(self.running)), step)
            case Grants():
                self._grant(step)
        if not isinstance(step, Begins):
            # What is refused is an event to decide on as well.
            dispatch_room(self.studio.uuid)
            dispatch_room(self.studio.uuid)
            within_limits(self.studio)

    def _say(self, step: Says) -> None:
        called = {turn.pk for turn in self._turns(Turn.State.QUEUED) if turn.cause in BY_A_PERSON}
        text, names = self._text(step.names)
        newest = Message.objects.filter(room=self.studio.uuid, participant__in=self.cast).last()
        answered = {"reply_to_id": str(newest.pk)} if step.is_reply and newest else {}
        if newest and answered:
            names.add(newest.participant_id)
        said = self.people[step.person].say(self.studio.id, text, **answered)
        self.named[UUID(said)] = names
        dispatch_room(self.studio.uuid)
        still = self._turns(Turn.State.QUEUED)
        assert called <= {turn.pk for turn in still}, "what a person called is never dropped"
        if names:
            assert all(turn.cause in BY_A_PERSON for turn in still), "hand-overs that wait are superseded"

    def _end(self, turn: Turn, step: Ends) -> None:
        if step.state == "passed":
            assert turns.settle(turn, "passed", turns.Text("", 0), ErrorShape(code="opt_out", message="No."))
            return
        text, names = self._text(step.names)
        message_id = uuid4()
        assert turns.begin(turn, message_id, text)
        tool = [{"participant_id": str(id_), "task": ""} for id_ in sorted(names)] if step.is_by_tool else []
        outcome = turns.Outcome(handovers=tool, is_handing_over_by_tool=step.is_by_tool)
        error = None if step.state == "done" else turns.WORKER_LOST
        assert turns.settle(turn, step.state, turns.Text(text, 0), error, outcome=outcome)
        self.named[message_id] = names - {turn.participant_id} if step.state == "done" else set()

    def _grant(self, step: Grants) -> None:
        refused = self._turns(Turn.State.BLOCKED)
        if not refused:
            return
        turn = refused[step.which % len(refused)]
        before = turn.chain.grants
        answer = self.people[step.person].command(self.studio.id, "chain.grant", turn_id=str(turn.pk))
        turn.chain.refresh_from_db()
        assert answer.status == 200 or answer.code == "limit_reached", answer
        assert turn.chain.grants == before + bool(answer.body.get("turn_ids"))

    def _text(self, names: Sequence[int]) -> tuple[str, set[UUID]]:
        here = [self.cast[number] for number in names if number < len(self.cast)]
        return " ".join([*(f"@{one.name}" for one in here), "go on."]), {one.pk for one in here}

    def _turns(self, state: Turn.State) -> list[Turn]:
        of_room = Turn.objects.filter(room=self.studio.uuid, state=state).select_related("chain")
        return list(of_room.order_by("created_at", "id"))


@pytest.fixture
def cast(studio: Workshop) -> list[Participant]:
    for name in NAMES[2:]:
        assert studio.alice.command(studio.id, "persona.add", name=name).status == 200
    return [seat(studio, name) for name in NAMES]


@hypothesis(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(4, 6), numbers=_limits, steps=_steps)
def test_no_graph_of_mentions_that_is_played_passes_a_limit(
    studio: Workshop, cast: list[Participant], size: int, numbers: dict[str, int], steps: list[Step]
) -> None:
    # In one room, each time from its beginning.
    with transaction.atomic():
        play(studio, cast[:size], numbers, steps)
        # For --hypothesis-show-statistics: which limits the graphs meet.
        for code in Turn.objects.filter(room=studio.uuid).values_list("error_code", flat=True):
            event(code or "spoke")
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("setting", "most", "code"),
    [
        ("DEPTH", 2, "depth_limit"),
        ("TURNS", 3, "turn_limit"),
        ("PERSONA", 1, "persona_limit"),
        ("PAIR", 2, "pair_limit"),
    ],
)
def test_two_that_send_each_other_on_meet_each_limit_and_go_on_by_a_grant(
    studio: Workshop, cast: list[Participant], setting: str, most: int, code: str
) -> None:
    play(studio, cast[:2], WIDE | {f"LLM_CHAIN_{setting}": most}, PING_PONG)
    turns_ = Turn.objects.filter(room=studio.uuid)
    assert turns_.filter(error_code=code).exists()
    assert turns_.filter(repeat=1).exclude(state=Turn.State.BLOCKED).exists()


def play(
    studio: Workshop, cast: Sequence[Participant], numbers: dict[str, int], steps: Sequence[Step]
) -> None:
    with override_settings(**numbers):
        played = Play(studio, cast)
        for step in [Says(0, (0,), is_reply=False), *steps]:
            played.do(step)
        told_once(studio, played.named)


def within_limits(studio: Workshop) -> None:
    """Each chain of the room, at this moment."""
    rows = Turn.objects.filter(room=studio.uuid).select_related("chain", "room", "trigger_message")
    chains: dict[UUID, list[Turn]] = {}
    for turn in rows:
        if turn.state != Turn.State.BLOCKED:
            chains.setdefault(turn.chain_id, []).append(turn)
    for passed in chains.values():
        most = limits.of_chain(passed[0].room, passed[0].chain.grants)
        assert len(passed) <= most.turns
        assert max(turn.depth for turn in passed) <= most.depth
        assert most_of(turn.participant_id for turn in passed) <= most.persona
        assert most_of(turn.trigger_message_id for turn in passed) <= most.fanout
        handed = [turn for turn in passed if turn.cause == Turn.Cause.HANDOVER]
        pairs = [frozenset({turn.participant_id, turn.trigger_message.participant_id}) for turn in handed]
        assert most_of(pairs) <= most.pair
        assert all(len(pair) == 2 for pair in pairs), "nobody calls itself"
        waiting = [turn.participant_id for turn in handed if turn.state == Turn.State.QUEUED]
        assert most_of(waiting) <= 1, "nobody waits twice by hand-overs"


def most_of(things: Iterable[Hashable]) -> int:
    return max(Counter(things).values(), default=0)


def told_once(studio: Workshop, named: dict[UUID, set[UUID]]) -> None:
    """Whom a message named has one turn by it: woken, or refused for a reason that is told once."""
    told = Counter(
        one.data["turn"]["id"]
        for one in Event.objects.filter(room=studio.uuid, type="turn.changed")
        if one.data["turn"]["state"] == "blocked"
    )
    refused = Turn.objects.filter(room=studio.uuid, state=Turn.State.BLOCKED)
    assert told == {str(turn.pk): 1 for turn in refused}
    for turn in refused:
        assert turn.error_code in ALL_CODES
        assert turn.error_message
        if turn.cause in BY_A_PERSON:
            assert turn.error_code in OF_A_PERSON, "a person's call is refused for nothing else"
    for message in Message.objects.filter(pk__in=named).select_related("room", "wake_decision"):
        first = Turn.objects.filter(trigger_message=message, repeat=0).values_list(
            "participant_id", flat=True
        )
        assert sorted(first) == sorted(named[message.pk])
        lines = {line.participant_id: line for line in wakes_of(message).wakes if line.turn is not None}
        assert set(lines) == named[message.pk]
