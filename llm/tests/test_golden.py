"""A golden scenario for everything that a turn can come to. See docs/testing.md."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from llm import reaper, turns
from llm.actions import stop_departed
from llm.gateway.errors import GatewayError
from llm.gateway.types import ThinkingChunk
from llm.models import Turn, UsageEntry
from llm.routing.run import route
from llm.runner import Runner
from llm.spending import review_alerts
from llm.tests.helpers import called, dispatched, lose_lease, message_of, running, seat, speaking
from llm.tests.scripted import DONE, ScriptedModel, calls, seen_text, texts
from rooms.database import in_database
from rooms.extensions import all_commands, all_events
from rooms.models import Participant
from rooms.protocol.shapes import ErrorShape
from rooms.tests.golden import DIRECTORY, Golden
from rooms.tests.people import Json, Person, Workshop
from rooms.tests.tasks import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def do(by: Person, studio: Workshop, kind: str, **data: Any) -> None:
    answer = by.command(studio.id, kind, **data)
    assert answer.status == 200, answer


def test_a_mention(golden: Golden, studio: Workshop) -> None:
    with golden(studio):
        studio.bob.say(studio.id, "@Ada and @Bo, shall we?")
        assert len(dispatched(studio)) == 2


def test_a_mention_of_everybody(golden: Golden, studio: Workshop) -> None:
    with golden(studio):
        studio.bob.say(studio.id, "Shall we, @all?")
        assert len(dispatched(studio)) == 2


def test_a_reply_to_a_persona(golden: Golden, studio: Workshop) -> None:
    turn = speaking(studio, "Yes.")
    assert turns.settle(turn, "done", turns.Text("Yes.", 0))
    with golden(studio):
        studio.bob.say(studio.id, "Why?", reply_to_id=str(turn.message_id))
        assert len(dispatched(studio)) == 2


def test_a_hand_over(golden: Golden, studio: Workshop) -> None:
    turn = speaking(studio, "@Bo should know.")
    with golden(studio):
        assert turns.settle(turn, "done", turns.Text("@Bo should know.", 0))
        assert len(dispatched(studio)) == 2


def test_a_hand_over_that_a_person_asked_for(golden: Golden, studio: Workshop) -> None:
    turn = speaking(studio, "Over to you, @Bo.", "@Ada sum up, then hand over to @Bo")
    with golden(studio):
        assert turns.settle(turn, "done", turns.Text("Over to you, @Bo.", 0))
        assert [turn.cause for turn in dispatched(studio)] == ["mention", "then"]


async def test_the_router_names_somebody(
    golden: Golden, studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = ScriptedModel()
    router.add(*texts("2"), DONE)
    monkeypatch.setattr("llm.routing.run.stream_completion", router.stream)
    monkeypatch.setattr("llm.queue._send_router", lambda message_id: None)

    def ask() -> UUID:
        do(studio.alice, studio, "room.change", wake_policy="router")
        said = studio.bob.say(studio.id, "Who can tell?")
        dispatched(studio)
        return UUID(said)

    async with golden(studio):
        await route(await in_database(ask))
    router.verify()


def test_a_blocked_hand_over(golden: Golden, studio: Workshop, settings: Settings) -> None:
    settings.LLM_CHAIN_TURNS = 1
    turn = speaking(studio, "@Bo should know.")
    assert turns.settle(turn, "done", turns.Text("@Bo should know.", 0))
    with golden(studio):
        assert dispatched(studio)[-1].state == "blocked"


async def told(broadcasts: list[Json], text: str) -> None:
    """Waits until the text that the room was told ends so."""
    await until(lambda: seen_text(broadcasts).endswith(text))


async def follow(broadcasts: list[Json], *steps: str | asyncio.Event) -> None:
    """A reply piece by piece: waits until the room was told of a text, or lets the model go on."""
    for step in steps:
        if isinstance(step, asyncio.Event):
            step.set()
        else:
            await told(broadcasts, step)


async def test_a_whole_reply(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel, broadcasts: list[Json]
) -> None:
    """From the claim to the end, with its text piece by piece."""
    two, three = asyncio.Event(), asyncio.Event()
    model.add(*texts("One"), two, *texts(" two 👩\u200d👧"), three, *texts(" three."), DONE)
    turn = await in_database(called, studio)
    async with golden(studio):
        task = asyncio.create_task(runner.run(turn.pk))
        await follow(broadcasts, "One", two, " two ", three)
        await task


async def test_a_reply_in_the_making(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel, broadcasts: list[Json]
) -> None:
    two, three, end = asyncio.Event(), asyncio.Event(), asyncio.Event()
    model.add(*texts("One"), two, *texts(" two"), three, *texts(" three"), end, DONE)
    turn = await in_database(called, studio)
    async with golden(studio):
        task = asyncio.create_task(runner.run(turn.pk))
        await follow(broadcasts, "One", two, " two", three, " three")
    end.set()
    await task


async def test_a_reply_that_goes_on(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel, broadcasts: list[Json]
) -> None:
    """Whoever comes in mid-stream: the snapshot has the beginning, and pieces follow on."""
    two, three = asyncio.Event(), asyncio.Event()
    model.add(*texts("One"), two, *texts(" two"), three, *texts(" three"), DONE)
    turn = await in_database(called, studio)
    task = asyncio.create_task(runner.run(turn.pk))
    await told(broadcasts, "One")
    async with golden(studio):
        await follow(broadcasts, two, " two", three)
        await task


async def test_a_pass(golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel) -> None:
    model.add(*calls(("opt_out", {"reason": "Bo has said it."})))
    await in_database(lambda: studio.bob.say(studio.id, "Shall we, @all?"))
    turn, _ = await in_database(dispatched, studio)
    async with golden(studio):
        await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert turn.state == Turn.State.PASSED


async def test_a_vote_that_a_poll_asked_for(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    """The turn is done with it, and has no message."""
    model.add(*calls(("cast_vote", {"choices": [2]})))
    question: Json = {"question": "Which day?", "options": ["Monday", "Friday"], "persona_voting": "must"}
    await in_database(lambda: studio.alice.command(studio.id, "poll.create", **question))
    turn = next(turn for turn in await in_database(dispatched, studio) if turn.participant.name == "Ada")
    async with golden(studio):
        await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (turn.state, turn.message_id) == (Turn.State.DONE, None)


async def test_a_hand_over_by_tool(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    """Its last line says who is called to what."""
    model.add(*texts("Here is the plan."), *calls(("mention", {"names": ["Bo"], "task": "estimate it"})))
    turn = await in_database(called, studio)
    async with golden(studio):
        await runner.run(turn.pk)
        assert len(await in_database(dispatched, studio)) == 2


async def test_a_reply_that_was_thought_about(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel, broadcasts: list[Json]
) -> None:
    go = asyncio.Event()
    model.add(ThinkingChunk("Let me see."), go, *texts("Yes."), DONE)
    turn = await in_database(called, studio)
    async with golden(studio):
        task = asyncio.create_task(runner.run(turn.pk))
        await until(lambda: any(event["type"] == "turn.progress" for event in broadcasts))
        go.set()
        await task


async def test_a_reply_that_was_cut_where_it_spoke_for_somebody_else(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel, broadcasts: list[Json]
) -> None:
    """The message is whole up to there, and the turn says for whom."""
    bob = asyncio.Event()
    model.add(*texts("I would wait."), bob, *texts("\n\nBob", ": Then we wait, Ada.\n"))
    turn = await in_database(called, studio)
    async with golden(studio):
        task = asyncio.create_task(runner.run(turn.pk))
        await follow(broadcasts, "I would wait.", bob)
        await task
    await in_database(turn.refresh_from_db)
    assert (turn.state, turn.cut_speaker) == (Turn.State.DONE, "Bob")
    assert (await in_database(message_of, turn)).text.strip() == "I would wait."


async def test_a_reply_of_nothing_but_somebody_elses_words(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    """No message, and a sentence for people."""
    model.add(*texts("Bob: Then we wait."), DONE)
    turn = await in_database(called, studio)
    async with golden(studio):
        await runner.run(turn.pk)
    await in_database(turn.refresh_from_db)
    assert (turn.state, turn.error_code) == (Turn.State.FAILED, "spoke_for_other")


async def test_a_reply_that_was_cut_off_and_continued(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    turn = await in_database(speaking, studio, "One two")
    await in_database(do, studio.bob, studio, "turn.stop", turn_id=str(turn.pk))
    model.add(*texts(" three."), DONE)
    async with golden(studio):
        await in_database(do, studio.bob, studio, "turn.continue", turn_id=str(turn.pk))
        again = await in_database(Turn.objects.get, cause=Turn.Cause.CONTINUE)
        await runner.run(again.pk)


async def test_a_failure_before_the_first_text(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    for _ in range(2):  # it is asked twice
        model.add(GatewayError("rate_limit"))
    turn = await in_database(called, studio)
    async with golden(studio):
        await runner.run(turn.pk)


async def test_a_fallback_that_answers(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    ada = Participant.objects.filter(room=studio.uuid, name="Ada")
    await in_database(lambda: ada.update(fallbacks=["demo/poet"]))
    model.add(GatewayError("quota"))
    model.add(*texts("One."), DONE)
    turn = await in_database(called, studio)
    async with golden(studio):
        await runner.run(turn.pk)


async def test_a_failure_after_the_first_text(
    golden: Golden, studio: Workshop, runner: Runner, model: ScriptedModel
) -> None:
    model.add(*texts("As far as "), GatewayError("truncated"))
    turn = await in_database(called, studio)
    async with golden(studio):
        await runner.run(turn.pk)


def test_a_worker_is_lost(golden: Golden, studio: Workshop) -> None:
    turn = speaking(studio, "As far as ")
    lose_lease(turn)
    with golden(studio):
        assert reaper.expire_lost_turns() == 1


def test_turn_stop_while_queued(golden: Golden, studio: Workshop) -> None:
    turn = called(studio)
    with golden(studio):
        do(studio.bob, studio, "turn.stop", turn_id=str(turn.pk))


def test_turn_stop_while_thinking(golden: Golden, studio: Workshop) -> None:
    turn = running(studio)
    with golden(studio):
        do(studio.bob, studio, "turn.stop", turn_id=str(turn.pk))


def test_turn_stop_while_speaking(golden: Golden, studio: Workshop) -> None:
    turn = speaking(studio, "As far as ")
    with golden(studio):
        do(studio.bob, studio, "turn.stop", turn_id=str(turn.pk))
    assert message_of(turn).state == "stopped"


def test_a_usage_that_is_known_after_the_stop(golden: Golden, studio: Workshop) -> None:
    turn = speaking(studio, "As far as ")
    do(studio.bob, studio, "turn.stop", turn_id=str(turn.pk))
    with golden(studio):
        turns.record_usage(turn, UsageEntry(model=turn.model, input_tokens=11, output_tokens=7))


def test_chain_grant(golden: Golden, studio: Workshop, settings: Settings) -> None:
    settings.LLM_CHAIN_TURNS = 1
    studio.bob.say(studio.id, "@Ada and @Bo, shall we?")
    refused = dispatched(studio)[-1]
    with golden(studio):
        do(studio.bob, studio, "chain.grant", turn_id=str(refused.pk))


def test_a_hand_over_is_superseded(golden: Golden, studio: Workshop) -> None:
    turn = speaking(studio, "@Bo should know.")
    assert turns.settle(turn, "done", turns.Text("@Bo should know.", 0))
    assert dispatched(studio)[-1].state == "queued"
    with golden(studio):
        studio.bob.say(studio.id, "@Ada no, wait")
        assert [turn.state for turn in dispatched(studio)] == ["done", "blocked", "queued"]


def test_a_call_that_no_budget_is_left_for(golden: Golden, studio: Workshop) -> None:
    turn = running(studio)
    with golden(studio):
        assert turns.settle(turn, "blocked", turns.Text("", 0), ErrorShape(code="room_budget", message="No."))


def test_a_budget_is_nearly_spent(golden: Golden, studio: Workshop) -> None:
    turn = speaking(studio, "Yes.")
    assert turns.settle(turn, "done", turns.Text("Yes.", 0))
    with golden(studio):
        turns.record_usage(turn, UsageEntry(model=turn.model, cost_usd=Decimal("0.8")))


def test_a_budget_is_raised(golden: Golden, studio: Workshop) -> None:
    do(studio.alice, studio, "room.set_limits", day_usd=0.5)
    turn = running(studio)
    turns.record_usage(turn, UsageEntry(model=turn.model, cost_usd=Decimal("0.5")))
    with golden(studio):
        do(studio.alice, studio, "room.set_limits", day_usd=2)
        assert review_alerts(studio.uuid) == 1


def test_turn_stop_all(golden: Golden, studio: Workshop) -> None:
    speaking(studio, "As far as ")
    called(studio)
    called(studio, "@Bo hello")
    with golden(studio):
        do(studio.bob, studio, "turn.stop_all")


def test_turn_speak(golden: Golden, studio: Workshop) -> None:
    studio.bob.say(studio.id, "Shall we?")
    with golden(studio):
        do(studio.bob, studio, "turn.speak", participant_id=str(seat(studio, "Ada").pk))


def test_a_call_of_a_muted_persona(golden: Golden, studio: Workshop) -> None:
    with golden(studio):
        do(studio.alice, studio, "persona.mute", participant_id=str(seat(studio, "Ada").pk))
        studio.bob.say(studio.id, "@Ada and @Bo, shall we?")
        assert [turn.state for turn in dispatched(studio)] == ["blocked", "queued"]


def test_turn_retry(golden: Golden, studio: Workshop) -> None:
    turn = speaking(studio, "As far as ")
    assert turns.settle(turn, "failed", turns.Text("As far as ", 0), turns.WORKER_LOST)
    with golden(studio):
        do(studio.bob, studio, "turn.retry", turn_id=str(turn.pk))


def test_a_persona_is_removed(golden: Golden, studio: Workshop) -> None:
    speaking(studio, "As far as ")
    with golden(studio):
        do(studio.alice, studio, "participant.remove", participant_id=str(seat(studio, "Ada").pk))
        assert stop_departed() == 1


class TestTheWholeSet:
    """What the committed files cover, whichever tests run now."""

    @pytest.fixture
    def kept(self) -> list[Json]:
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(DIRECTORY.glob("*.json"))]

    def test_every_command_has_a_scenario(self, kept: list[Json]) -> None:
        shown = {command for scenario in kept for command in scenario["commands"]}
        assert {command.type for command in all_commands()} - shown == set()

    def test_every_event_has_a_scenario(self, kept: list[Json]) -> None:
        """But those that belong to one connection and change no room."""
        shown = {event["type"] for scenario in kept for event in scenario["events"]}
        assert {event.type for event in all_events() if event.durability != "control"} - shown == set()

    def test_every_end_of_a_turn_has_a_scenario(self, kept: list[Json]) -> None:
        events = [event for scenario in kept for event in scenario["events"]]
        shown = {event["data"]["turn"]["state"] for event in events if event["type"] == "turn.changed"}
        assert set(Turn.State.values) - shown == set()

    def test_every_scenario_has_its_test(self, kept: list[Json]) -> None:
        for scenario in kept:
            path, *names = scenario["test"].split("::")
            found = import_module(path.removesuffix(".py").replace("/", "."))
            for name in names:
                assert hasattr(found, name), f"{scenario['test']} is gone: delete its golden file."
                found = getattr(found, name)
