"""A reply that was cut off goes on in its own message."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from llm import turns
from llm.gateway.errors import GatewayError
from llm.gateway.types import Finished, ThinkingChunk, Usage
from llm.models import Chain, Turn
from llm.runner import Runner
from llm.tests.helpers import (
    WORKER,
    called,
    dispatched,
    head_seq,
    lose_lease,
    message_of,
    running,
    seat,
    speaking,
    turn_events,
)
from llm.tests.scripted import DONE, ScriptedModel, deltas, texts
from rooms import livetext
from rooms.database import in_database
from rooms.models import Message, Participant
from rooms.tests.people import Answer, Json, Person, Workshop
from rooms.tests.tasks import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

CUT = Finished("length", Usage(11, 7, None, None))


def go_on(person: Person, studio: Workshop, turn: Turn) -> Answer:
    return person.command(studio.id, "turn.continue", turn_id=str(turn.pk))


def going_on(studio: Workshop, turn: Turn) -> Turn:
    return Turn.objects.get(pk=go_on(studio.bob, studio, turn).body["turn_id"])


def stopped(studio: Workshop, said: str = "One two") -> Turn:
    turn = speaking(studio, said)
    assert turns.stop(turn.pk, turns.WORKER_LOST)
    return turn


def continued(studio: Workshop, said: str = "One two") -> Turn:
    """A claimed turn that goes on with a stopped reply."""
    turn = turns.claim(going_on(studio, stopped(studio, said)).pk, WORKER)
    assert turn is not None
    return turn


async def told(turn: Turn, index: int, text: str, whole: str) -> list[livetext.AppendResult]:
    assert turn.message_id is not None
    return await livetext.append([livetext.Piece(turn.message_id, turn.fence, index, text, whole)])


@pytest.mark.parametrize("how", ["stopped", "failed", "length"])
def test_any_member_has_it_go_on(studio: Workshop, how: str) -> None:
    turn = speaking(studio, "One two")
    if how == "stopped":
        assert turns.stop(turn.pk, turns.WORKER_LOST)
    elif how == "failed":
        assert turns.settle(turn, "failed", turns.Text("One two", 0), turns.WORKER_LOST)
    else:
        assert turns.settle(turn, "done", turns.Text("One two", 0), turns.CUT_BY_LENGTH)
    before = head_seq(studio)
    assert go_on(studio.carol, studio, turn).code == "not_found"
    assert head_seq(studio) == before
    again = going_on(studio, turn)
    assert (again.cause, again.state, again.depth) == ("continue", "queued", 0)
    assert again.message_id == message_of(turn).pk
    assert again.trigger_message_id == turn.trigger_message_id
    assert Chain.objects.get(pk=again.chain_id).turns.count() == 1
    assert [t["id"] for t in turn_events(studio, before)] == [str(again.pk)]


def test_the_message_streams_again_with_its_text_and_a_higher_fence(studio: Workshop) -> None:
    turn = stopped(studio)
    old = message_of(turn)
    again = going_on(studio, turn)
    before = head_seq(studio)
    claimed = turns.claim(again.pk, WORKER)
    assert claimed is not None
    assert turns.so_far(claimed) == turns.Text("One two", 0)
    events = studio.bob.events(studio.id, before)
    assert [event["type"] for event in events] == ["message.resumed", "turn.changed"]
    shape = events[0]["data"]["message"]
    assert (shape["id"], shape["seq"], shape["text"]) == (str(old.pk), old.seq, "One two")
    assert (shape["state"], shape["error"], shape["finished_at"]) == ("streaming", None, None)
    assert shape["turn_id"] == str(again.pk)
    assert shape["fence"] > old.fence
    assert studio.bob.snapshot(studio.id)["messages"][-1] == shape


async def test_what_comes_is_put_behind_what_was_there(
    runner: Runner, model: ScriptedModel, studio: Workshop, broadcasts: list[Json]
) -> None:
    turn = await in_database(stopped, studio, "First we measure the board. Then we")
    again = await in_database(going_on, studio, turn)
    broadcasts.clear()
    middle = asyncio.Event()
    model.add(*texts("Ada: ", "measure the board. ", "Then we", " cut"), middle, *texts(" it."), DONE)
    task = asyncio.create_task(runner.run(again.pk))
    await until(lambda: [d["text"] for d in deltas(broadcasts)] == [" cut"])
    resumed = broadcasts[0]["data"]["message"]
    assert (deltas(broadcasts)[0]["index"], deltas(broadcasts)[0]["fence"]) == (1, resumed["fence"])
    # Whoever joins now reads the whole.
    [joined] = (await in_database(studio.alice.snapshot, studio.id))["messages"][-1:]
    assert joined["text"] == "First we measure the board. Then we cut"
    assert (joined["index"], joined["state"]) == (1, "streaming")
    middle.set()
    await task
    message = await in_database(message_of, again)
    assert message.text == "First we measure the board. Then we cut it."
    assert (message.state, message.error_code, again.state) == ("complete", "", "done")
    [request] = model.requests
    assert request.messages[-1].role == "user"
    assert "<your_message>First we measure the board. Then we</your_message>" in request.messages[-1].content
    assert request.messages[-1].content.count("First we measure") == 1
    # Two turns, one message.
    assert await in_database(Message.objects.filter(participant=again.participant_id).count) == 1


def test_asked_twice_it_is_one_turn(studio: Workshop) -> None:
    turn = stopped(studio)
    first = going_on(studio, turn)
    assert go_on(studio.alice, studio, turn).body["turn_id"] == str(first.pk)
    claimed = turns.claim(first.pk, WORKER)
    assert claimed is not None
    assert go_on(studio.alice, studio, turn).body["turn_id"] == str(first.pk)
    assert turns.settle(claimed, "done", turns.Text("One two three", 1))
    assert go_on(studio.bob, studio, turn).code == "turn_settled"
    assert go_on(studio.bob, studio, claimed).code == "turn_settled"
    assert Turn.objects.filter(cause="continue").count() == 1


def test_it_waits_for_the_personas_other_turn(studio: Workshop) -> None:
    turn = stopped(studio)
    other = running(studio, "@Ada something else")
    again = going_on(studio, turn)
    assert turns.claim(again.pk, WORKER) is None
    assert message_of(turn).state == "stopped"
    assert turns.settle(other, "failed", turns.Text("", 0), turns.WORKER_LOST)
    claimed = turns.claim(again.pk, WORKER)
    assert claimed is not None
    assert claimed.pk == again.pk


def test_stopped_again_it_keeps_all_and_goes_on_again(studio: Workshop) -> None:
    turn = continued(studio)
    assert asyncio.run(told(turn, 1, " three", "One two three")) == ["ok"]
    assert studio.bob.command(studio.id, "turn.stop", turn_id=str(turn.pk)).status == 200
    message = message_of(Turn.objects.get(pk=turn.pk))  # the worker knows of nothing
    assert (message.text, message.state, message.error_code) == ("One two three", "stopped", "stopped")
    assert asyncio.run(told(turn, 2, " late", "One two three late")) == ["fenced"]
    assert not turns.checkpoint({turn: turns.Text("late", 9)})
    third = turns.claim(going_on(studio, turn).pk, WORKER)
    assert third is not None
    assert (third.repeat, turns.so_far(third)) == (1, turns.Text("One two three", 1))


def test_stopped_before_it_began_it_changes_nothing(studio: Workshop) -> None:
    turn = stopped(studio)
    again = going_on(studio, turn)
    before = head_seq(studio)
    assert studio.bob.command(studio.id, "turn.stop", turn_id=str(again.pk)).status == 200
    assert [e["type"] for e in studio.bob.events(studio.id, before)] == ["turn.changed"]
    assert (message_of(turn).text, message_of(turn).turn_id) == ("One two", turn.pk)
    assert turns.claim(going_on(studio, turn).pk, WORKER) is not None


def test_a_worker_that_dies_leaves_the_text(studio: Workshop) -> None:
    """Also where Redis still holds what the first writer had told."""
    first = speaking(studio, "One")
    assert asyncio.run(told(first, 0, "One", "One")) == ["ok"]
    assert turns.settle(first, "failed", turns.Text("One two", 0), turns.WORKER_LOST)
    turn = turns.claim(going_on(studio, first).pk, WORKER)
    assert turn is not None
    assert studio.bob.snapshot(studio.id)["messages"][-1]["text"] == "One two"
    lose_lease(turn)
    assert turns.expire(turn.pk)
    message = message_of(turn)
    assert (message.text, message.state, message.error_code) == ("One two", "failed", "worker_lost")
    last = turns.claim(going_on(studio, turn).pk, WORKER)
    assert last is not None
    assert asyncio.run(told(last, 1, " three", "One two three")) == ["ok"]
    lose_lease(last)
    assert turns.expire(last.pk)
    assert message_of(last).text == "One two three"


def test_a_message_that_is_gone_ends_the_turn(studio: Workshop) -> None:
    again = going_on(studio, stopped(studio))
    message_of(again).delete()
    assert turns.claim(again.pk, WORKER) is None
    again.refresh_from_db()
    assert (again.state, again.error_code) == ("failed", "message_gone")


@pytest.mark.parametrize("how", ["queued", "running", "speaking", "done", "blank", "left"])
def test_what_was_not_cut_off_does_not_go_on(studio: Workshop, how: str) -> None:
    turn = called(studio) if how == "queued" else running(studio)
    if how in {"speaking", "done", "blank", "left"}:
        assert turns.begin(turn, uuid4(), " " if how == "blank" else "One")
    if how == "done":
        assert turns.settle(turn, "done", turns.Text("One", 0))
    if how in {"blank", "left"}:
        assert turns.stop(turn.pk, turns.WORKER_LOST)
    if how == "left":
        Participant.objects.filter(pk=turn.participant_id).update(left_at="2026-01-01T00:00Z")
    answer = go_on(studio.bob, studio, turn)
    assert (answer.status, answer.code) == (409, "turn_settled")
    assert Turn.objects.count() == 1


def test_who_may_not_speak_may_not_ask(studio: Workshop) -> None:
    turn = stopped(studio)
    Participant.objects.filter(pk=seat(studio, "Bob").pk).update(role="viewer")
    assert go_on(studio.bob, studio, turn).code == "not_allowed"
    other = studio.carol.create_room("Hers").body["room_id"]
    real = studio.carol.command(other, "turn.continue", turn_id=str(turn.pk))
    assert real.code == "not_found"
    assert real == studio.carol.command(other, "turn.continue", turn_id=str(uuid4()))


@pytest.mark.parametrize(
    ("chunks", "text", "state", "code"),
    [
        ([*texts(" three"), CUT], "One two three", "complete", "length"),
        ([GatewayError("quota")], "One two", "failed", "quota"),
        ([ThinkingChunk("Enough."), DONE], "One two", "complete", ""),
    ],
    ids=["cut again", "refused", "nothing to add"],
)
async def test_how_going_on_ends(
    runner: Runner,
    model: ScriptedModel,
    studio: Workshop,
    chunks: list[Any],
    text: str,
    state: str,
    code: str,
) -> None:
    again = await in_database(lambda: going_on(studio, stopped(studio)))
    model.add(*chunks)
    await runner.run(again.pk)
    message = await in_database(message_of, again)
    assert (message.text, message.state, message.error_code) == (text, state, code)
    assert again.error_code == code


async def test_a_request_that_cannot_be_made_keeps_the_text(
    runner: Runner, studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = await in_database(lambda: going_on(studio, stopped(studio)))

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("llm.claims.request_for", broken)
    await runner.run(again.pk)
    message = await in_database(message_of, again)
    assert (message.text, message.state, message.error_code) == ("One two", "failed", "internal")


def test_a_hand_over_in_the_end_of_it_wakes_once_and_on_its_chain(studio: Workshop) -> None:
    turn = continued(studio, "Over to @B")
    assert turns.settle(turn, "done", turns.Text("Over to @Bo.", 1))
    woken = [t for t in dispatched(studio) if t.cause == "handover"]
    assert [(t.participant.name, t.chain_id, t.depth) for t in woken] == [("Bo", turn.chain_id, 1)]


async def test_a_limit_says_so_and_the_reply_counts(
    runner: Runner, model: ScriptedModel, turn: Turn, studio: Workshop
) -> None:
    model.add(*texts("One two"), CUT)
    await runner.run(turn.pk)
    message = await in_database(message_of, turn)
    assert (message.state, message.error_code, turn.state) == ("complete", "length", "done")
    again = await in_database(go_on, studio.bob, studio, turn)
    assert UUID(again.body["turn_id"])
