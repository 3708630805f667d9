"""Whatever happens to a room and on the way to those who watch it, they come to see what it is.

The real server (commands, event log, turns, publisher, reaper, snapshots, outbox) without
its processes and sockets; between it and the clients a channel that Hypothesis reorders,
doubles, loses and cuts (`watching.Watcher`). At each settle, and at the end:

- every client's fold is the REST snapshot, which is what the database has;
- a text in the making is what was told up to its index, and never something else;
- numbers have no hole, and every event was shown once and in order;
- a turn ends once, and its message is there at most once;
- what was acknowledged is stored, once.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.models import QuerySet
from django.test import TestCase
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from llm import publisher as publisher_module
from llm import reaper, turns
from llm.dispatch import dispatch_room
from llm.models import Turn, UsageEntry
from llm.publisher import Publisher
from llm.reply import Reply
from llm.speaking import EMPTY
from llm.tests.helpers import lose_lease, seat
from llm.tests.watching import Watcher
from llm.ticker import T, Ticker
from rooms import broadcast, eventlog, redis_clients, snapshots
from rooms.actions.installation import renew_epoch
from rooms.models import Event, Message
from rooms.tests.people import Answer, Json, Workshop
from tests.stack.state import RoomState

EDITS = ("room.rename", "participant.rename", "persona.edit")
ABOUT_TURNS = ("turn.stop", "turn.stop_all", "turn.retry", "turn.continue")
# Which of those that there are: taken modulo.
pick = st.integers(0, 7)
texts = st.lists(st.sampled_from(["One", " two", " 🌷"]), min_size=1, max_size=4)
happening = st.sampled_from(["", "post", "speak", "finish"])
fate = st.sampled_from(["comes", "comes twice", "is lost"])


class ByHand(Ticker[T]):
    """A publisher's ticker that ticks when it is told to."""

    latest: ClassVar[ByHand[Any]]

    def __init__(self, tick: Callable[[list[T]], Awaitable[None]], seconds: Callable[[], float]) -> None:
        self._tick = tick
        self._marked: dict[T, None] = {}
        ByHand.latest = self

    def mark(self, item: T) -> None:
        self._marked[item] = None

    async def tick(self) -> None:
        marked, self._marked = list(self._marked), {}
        await self._tick(marked)


class Loop:
    """An event loop whose database work is done between its steps, in this thread: one
    connection has the transaction with which each example is rolled back."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._work: list[Callable[[], None]] = []

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        task = self._loop.create_task(coroutine)
        task.add_done_callback(lambda _: self._loop.stop())
        while not task.done():
            self._loop.run_forever()
            while self._work:
                self._work.pop(0)()
        return task.result()

    async def in_database(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """In place of `rooms.database.in_database`."""
        done = self._loop.create_future()
        self._work.append(lambda: done.set_result(function(*args, **kwargs)))
        self._loop.stop()
        return await done

    def close(self) -> None:
        self._loop.close()


class DeliveryMachine(RuleBasedStateMachine):
    studio: ClassVar[Workshop]
    loop: ClassVar[Loop]
    # What happens while somebody reads the room, each time after its number was looked at.
    meanwhile: ClassVar[list[str]] = []
    current: ClassVar[DeliveryMachine]

    def __init__(self) -> None:
        super().__init__()
        DeliveryMachine.current = self
        self.savepoint = transaction.savepoint()
        redis_clients.blocking().flushdb()
        self.room_id = self.studio.uuid
        self.publisher = Publisher()
        self.replies: list[Reply] = []
        self.history = History()
        self.copy: tuple[str, History] | None = None
        # The texts in the making as they were told: by message, fence and index.
        self.told: dict[tuple[str, int, int], str] = {}
        self.watchers = [
            Watcher(person, self.room_id, self.loop.run) for person in (self.studio.alice, self.studio.bob)
        ]
        for watcher in self.watchers:
            watcher.connect()
            watcher.read(2)

    def teardown(self) -> None:
        try:
            self.command("turn.stop_all")
            self.settle()
        finally:
            transaction.savepoint_rollback(self.savepoint)

    # Few rules with much in each: Hypothesis leaves some out of every example.

    @rule(text=st.sampled_from(["hello", "@Ada hi", "@all hi"]), is_repeated=st.booleans())
    def post(self, text: str, is_repeated: bool = False) -> None:
        """Sent again, as by a client that had no answer, it is said once."""
        command_id = str(uuid4())
        for _ in range(1 + is_repeated):
            answer = self.command("message.post", command_id=command_id, text=text)
            assert answer.status == 200, answer
            message_id = answer.body["message_id"]
            assert self.history.acknowledged.setdefault(command_id, message_id) == message_id

    @rule(which=pick, kind=st.sampled_from([*EDITS, *ABOUT_TURNS]), name=st.sampled_from(["Ida", "Uwe"]))
    def do(self, which: int, kind: str, name: str) -> None:
        match kind:
            case "room.rename":
                self.command(kind, name=name)
            case "participant.rename":
                self.command(kind, title=name)
            case "persona.edit":
                self.command(kind, participant_id=str(seat(self.studio, "Bo").pk), title=name)
            case "turn.stop_all":
                self.command(kind)
            case _:
                turn = self.picked(which, Turn.objects.all())
                answer = self.command(kind, turn_id=str(turn.pk)) if turn else Answer(200, {})
                assert answer.code in {"", "turn_settled"}, answer

    @rule(which=pick, texts=texts, end=st.sampled_from(["", "", "done", "failed", "its worker is lost"]))
    def speak(self, which: int, texts: list[str], end: str = "") -> None:
        """A persona says so many pieces, one a tick. Also for a worker that lost its turn
        and has not heard of it."""
        reply = self.reply(which)
        for text in texts:
            self.publisher.add(reply, text)
            if not reply.has_begun and not reply.is_fenced:
                with committed():
                    self.loop.run(self.publisher.begin(reply))
            self.tick()
        if end == "its worker is lost":
            lose_lease(reply.turn)
            with committed():
                reaper.expire_lost_turns()
        elif end:
            self.finish(reply, "done" if end == "done" and reply.has_begun else "failed")

    @rule(which=pick, kind=st.sampled_from(["empty Redis", "checkpoint", "prune", "copy or restore"]))
    def operate(self, which: int, kind: str) -> None:
        match kind:
            case "empty Redis":
                redis_clients.blocking().flushdb()
            case "checkpoint":
                for reply in self.replies:
                    turns.checkpoint({reply.turn: turns.Text(reply.text(), max(0, reply.index))})
            case "prune":
                newest = list(Event.objects.filter(room=self.room_id).order_by("-seq")[:12])
                if newest:  # 0: all of them
                    eventlog.prune(
                        before=newest[which % len(newest)].at + timedelta(seconds=which == 0), most=1_000
                    )
            case _ if self.copy is None:
                self.copy = (transaction.savepoint(), copy.deepcopy(self.history))
            case _:
                self.restore(*self.copy)

    @rule(who=pick, arrivals=st.lists(st.tuples(pick, fate), min_size=3, max_size=9))
    def arrive(self, who: int, arrivals: list[tuple[int, str]]) -> None:
        watcher = self.watcher(who)
        if not watcher.is_connected:
            watcher.connect()
        for which, fate in arrivals:
            if watcher.broadcasts:
                at = which % len(watcher.broadcasts)
                if fate == "is lost":
                    del watcher.broadcasts[at]
                else:
                    watcher.hand_on(at, is_kept=fate == "comes twice")
        watcher.read(len(arrivals))

    @rule(who=pick, is_anew=st.booleans(), meanwhile=st.tuples(happening, happening))
    def reconnect(self, who: int, is_anew: bool, meanwhile: tuple[str, str]) -> None:
        watcher = self.watcher(who)
        if is_anew:
            watcher.start_anew()
        self.meanwhile[:] = meanwhile
        watcher.connect()
        self.meanwhile.clear()

    @rule(who=pick, kind=st.sampled_from(["is cut", "lags", "asks"]))
    def change_connection(self, who: int, kind: str) -> None:
        watcher = self.watcher(who)
        match kind:
            case "is cut":
                watcher.cut()
            case "lags":  # frames are held back then, and dropped, or the connection is ended
                while watcher.broadcasts:
                    watcher.hand_on(0)
            case "asks":
                watcher.beat()
                watcher.read(100)
                watcher.repair()

    # --- What has to hold ---------------------------------------------------------------

    @invariant()
    def texts_are_what_was_told(self) -> None:
        epoch = str(snapshots.epoch())
        for watcher in self.watchers:
            for message in watcher.state.messages.values():
                if watcher.state.epoch == epoch and message["state"] == "streaming":
                    key = (message["id"], message["fence"], message["index"])
                    assert message["text"] == self.told[key]

    @invariant()
    def ends_are_ends(self) -> None:
        ended = Turn.objects.filter(room=self.room_id).exclude(state__in=turns.OPEN)
        for pk, state in ended.values_list("pk", "state"):
            assert self.history.ended.setdefault(pk, state) == state

    @rule()
    def settle(self) -> None:
        for watcher in self.watchers:
            watcher.settle()
        for watcher in self.watchers:
            server = RoomState()
            server.replace(watcher.person.snapshot(self.studio.id))
            assert watcher.state.head_seq == server.head_seq
            assert without_texts_in_the_making(watcher.state) == without_texts_in_the_making(server)
        self.check_database(server)

    def check_database(self, server: RoomState) -> None:
        numbers = list(Event.objects.filter(room=self.room_id).order_by("seq").values_list("seq", flat=True))
        assert numbers == list(range(server.head_seq + 1 - len(numbers), server.head_seq + 1))
        rows = Message.objects.filter(room=self.room_id).order_by("seq")
        shown = [(m["id"], m["seq"], m["state"], m["command_id"]) for m in server.in_order]
        assert shown == [
            (str(row.pk), row.seq, row.state, str(row.command_id) if row.command_id else None) for row in rows
        ]
        for row in rows:
            assert row.state == Message.State.STREAMING or row.text == server.messages[str(row.pk)]["text"]
        said = {str(row.command_id): str(row.pk) for row in rows if row.command_id}
        assert said == self.history.acknowledged
        spoken = Turn.objects.filter(room=self.room_id).exclude(message_id=None)
        assert {row.pk for row in rows if row.turn_id} == set(spoken.values_list("message_id", flat=True))

    # --- Short ways ---------------------------------------------------------------------

    def command(self, kind: str, *, command_id: str | None = None, **data: str) -> Answer:
        with committed():
            return self.studio.alice.command(self.studio.id, kind, command_id, **data)

    def picked(self, which: int, among: QuerySet[Turn]) -> Turn | None:
        found = list(among.filter(room=self.room_id).order_by("created_at", "id"))
        return found[which % len(found)] if found else None

    def reply(self, which: int) -> Reply:
        """One that is under way, or that its worker takes for that."""
        while not self.replies:
            queued = Turn.objects.filter(room=self.room_id, state=Turn.State.QUEUED)
            if not queued.exists():
                self.post("@all hi")
            with committed():
                dispatch_room(self.room_id)
                turn = self.picked(which, queued)
                claimed = turns.claim(turn.pk, uuid4()) if turn else None
            if claimed is not None:
                self.replies.append(Reply(claimed, lambda: None, turns.so_far(claimed)))
        return self.replies[which % len(self.replies)]

    def watcher(self, who: int) -> Watcher:
        return self.watchers[who % len(self.watchers)]

    def tick(self) -> None:
        self.loop.run(ByHand.latest.tick())
        for reply in self.replies:
            if reply.has_begun:
                self.told[str(reply.message_id), reply.turn.fence, reply.index] = reply.text()

    def finish(self, reply: Reply, state: turns.EndState) -> None:
        """As the runner does."""
        self.replies.remove(reply)
        self.publisher.drop(reply)
        with committed():
            turns.record_usage(reply.turn, UsageEntry(model="m", output_tokens=7))
            turns.settle(reply.turn, state, reply.reached(), None if state == "done" else EMPTY)

    def restore(self, savepoint: str, history: History) -> None:
        """With everything down, as docs/operations.md has it: what came since is gone."""
        transaction.savepoint_rollback(savepoint)
        renew_epoch()
        redis_clients.blocking().flushdb()
        self.history, self.copy = history, None
        self.publisher = Publisher()
        self.replies.clear()
        self.told.clear()
        for watcher in self.watchers:
            watcher.cut()
            watcher.broadcasts.clear()
        for turn in Turn.objects.filter(state=Turn.State.RUNNING):
            lose_lease(turn)
        with committed():
            reaper.expire_lost_turns()

    def broadcast(self, frames: list[str]) -> None:
        for watcher in self.watchers:
            watcher.broadcasts.extend(frames)

    def interrupt(self) -> None:
        match self.meanwhile.pop(0) if self.meanwhile else "":
            case "post":
                self.post("hello")
            case "speak" | "finish" as kind:
                self.speak(0, [" and"], "done" if kind == "finish" else "")


@dataclass
class History:
    """What the database must know: acknowledged posts by command, and how turns ended."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    ended: dict[UUID, str] = field(default_factory=dict)


def without_texts_in_the_making(state: RoomState) -> Json:
    """A piece may be lost, and is missed with the next one; `told` says that the rest is right."""
    comparable = state.comparable()
    messages = [
        message | {"text": "", "index": 0} if message["state"] == "streaming" else message
        for message in comparable["messages"]
    ]
    return comparable | {"messages": messages}


@contextmanager
def committed() -> Iterator[None]:
    """What is done within is committed, as far as those know who wait for a commit."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        yield


@pytest.fixture
def machine(
    studio: Workshop, redis_server: object, monkeypatch: pytest.MonkeyPatch
) -> Iterator[type[DeliveryMachine]]:
    def head(room_id: UUID) -> int:
        number = head_of(room_id)
        DeliveryMachine.current.interrupt()
        return number

    def send(room_id: UUID, frames: list[str], gone: object = None) -> None:
        DeliveryMachine.current.broadcast(frames)

    head_of = eventlog.head
    monkeypatch.setattr(eventlog, "head", head)
    monkeypatch.setattr(broadcast, "send", send)
    monkeypatch.setattr(publisher_module, "Ticker", ByHand)
    loop = Loop()
    monkeypatch.setattr(publisher_module, "in_database", loop.in_database)
    yield type("Machine", (DeliveryMachine,), {"studio": studio, "loop": loop})
    loop.close()


@pytest.mark.timeout(300)  # some 15 s of work, on a busy machine much longer
@pytest.mark.django_db
def test_all_who_watch_come_to_see_what_is_there(machine: type[DeliveryMachine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
