"""Personas ask, vote and read results by tool. The cases are numbered in docs/polls.md."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from llm.dispatch import dispatch_room
from llm.gateway.demo_votes import vote_of
from llm.gateway.types import ThinkingChunk
from llm.models import Thinking, ToolRecord, Turn, WakeDecision
from llm.requests import request_for
from llm.runner import Runner
from llm.scriptlines import Marker
from llm.tests.helpers import called, dispatched, message_of, seat
from llm.tests.scripted import DONE, ScriptedModel, calls, seen_text, texts
from llm.tools import abilities
from llm.tools.registry import call_of
from rooms.database import in_database
from rooms.models import Ballot, Message, Participant, Poll
from rooms.tests.people import Json, Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture(autouse=True)
def _real_models(studio: Workshop) -> None:
    """Not the demo's, which know no tools but one."""
    Participant.objects.filter(room=studio.uuid, kind="persona").update(model="acme/owl")


def ask(studio: Workshop, **given: Any) -> Poll:
    question = {"question": "Should @Bo decide?", "options": ["Yes", "@Ada decides", "No"]} | given
    answer = studio.alice.command(studio.id, "poll.create", **question)
    assert answer.status == 200, answer
    return Poll.objects.select_related("message").get(pk=UUID(answer.body["poll_id"]))


def turn_of(studio: Workshop, name: str) -> Turn:
    return next(turn for turn in dispatched(studio) if turn.participant.name == name)


async def ended(turn: Turn) -> Turn:
    await in_database(turn.refresh_from_db)
    return turn


def ballots(poll: Poll) -> list[tuple[str, list[int], str, str]]:
    rows = Ballot.objects.filter(poll=poll).order_by("participant__name")
    return [(b.participant.name, b.choices, b.reason, b.model) for b in rows.select_related("participant")]


def vote(*choices: int | str, **more: Any) -> tuple[str, Json | str]:
    return ("cast_vote", {"choices": list(choices)} | more)


def test_33_a_poll_wakes_those_whom_it_asks_and_nobody_whom_it_names(studio: Workshop) -> None:
    for voting in ("none", "may"):
        ask(studio, persona_voting=voting)
        assert dispatched(studio) == []
    ask(studio, persona_voting="must")
    woken = dispatched(studio)
    assert {(turn.participant.name, turn.cause, turn.state) for turn in woken} == {
        ("Ada", "poll", "queued"),
        ("Bo", "poll", "queued"),
    }
    dispatch_room(studio.uuid)
    assert len(dispatched(studio)) == 2


def without_tools(studio: Workshop) -> None:
    """Ada's model, as everybody knows of it."""
    abilities.learn("acme/mute", has_tools=False)
    Participant.objects.filter(pk=seat(studio, "Ada").pk).update(model="acme/mute")


@pytest.mark.parametrize(
    "secret", [{"is_sealed": True}, {"is_anonymous": True}, {}], ids=["sealed", "anonymous", "open"]
)
def test_34_a_persona_without_tools_is_not_asked_for_a_secret_vote(studio: Workshop, secret: Json) -> None:
    without_tools(studio)
    ask(studio, persona_voting="must", **secret)
    woken = [turn.participant.name for turn in dispatched(studio)]
    assert woken == (["Bo"] if secret else ["Ada", "Bo"])
    (decision,) = WakeDecision.objects.all()
    assert set(decision.why) == ({"poll", "no_tools"} if secret else {"poll"})


@pytest.mark.parametrize("is_anonymous", [False, True])
async def test_35_a_vote_that_was_asked_for_needs_no_message(
    runner: Runner, model: ScriptedModel, studio: Workshop, is_anonymous: bool
) -> None:
    poll = await in_database(ask, studio, persona_voting="must", is_anonymous=is_anonymous)
    turn = await in_database(turn_of, studio, "Ada")
    model.add(*calls(vote(3, reason=" It is\n late. ")))
    await runner.run(turn.pk)
    turn = await ended(turn)
    assert (turn.state, turn.error_code, turn.message_id) == ("done", "", None)
    assert await in_database(ballots, poll) == [("Ada", [2], "It is late.", "acme/owl")]
    assert await in_database(Message.objects.filter(kind="chat").count) == 0
    # What was voted stands in no record of the turn.
    record = await in_database(ToolRecord.objects.get, turn=turn)
    assert (record.arguments, record.result["text"]) == ("", "Your vote is counted.")


async def test_36_who_speaks_may_vote_as_well(runner: Runner, model: ScriptedModel, studio: Workshop) -> None:
    poll = await in_database(ask, studio)
    turn = await in_database(called, studio, "@Ada what do you say?")
    model.add(*calls(vote("no", poll=poll.message.seq)))
    model.add(*texts("I have voted."), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text == "I have voted."
    assert await in_database(ballots, poll) == [("Ada", [2], "", "acme/owl")]


async def test_37_a_vote_that_is_none_is_told_to_the_model(
    runner: Runner, model: ScriptedModel, studio: Workshop
) -> None:
    poll = await in_database(ask, studio)
    turn = await in_database(called, studio, "@Ada what do you say?")
    model.add(*calls(vote(4), vote(1, 2), vote(1, poll=99), vote()))
    model.add(*texts("Never mind."), DONE)
    await runner.run(turn.pk)
    told = [message.content for message in model.requests[1].messages[-4:]]
    assert told[0] == "The options are: 1. Yes; 2. @Ada decides; 3. No."
    assert told[1] == "Only one option can be chosen in this poll."
    assert told[2] == "There is no poll 99 in this room."
    assert "do not fit" in told[3]
    assert await in_database(ballots, poll) == []


async def test_38_a_persona_asks_once_and_wakes_nobody(
    runner: Runner, model: ScriptedModel, studio: Workshop
) -> None:
    turn = await in_database(called, studio, "@Ada let us vote")
    question = {"question": "@Bo or I?", "options": ["Bo", "Ada"], "is_sealed": True}
    model.add(*calls(("create_poll", question), ("create_poll", question)))
    model.add(*texts("There it is."), DONE)
    await runner.run(turn.pk)
    poll = await in_database(Poll.objects.select_related("message__participant").get)
    assert (poll.message.participant.name, poll.is_sealed, poll.turn_id) == ("Ada", True, turn.pk)
    told = model.requests[1].messages[-1].content
    assert told == f"Your poll {poll.message.seq} is open still: wait for its end."
    assert [t.participant.name for t in await in_database(dispatched, studio)] == ["Ada"]


@pytest.mark.parametrize("is_sealed", [False, True])
async def test_39_a_sealed_result_is_told_to_no_persona(
    runner: Runner, model: ScriptedModel, studio: Workshop, is_sealed: bool
) -> None:
    poll = await in_database(ask, studio, is_sealed=is_sealed)
    await in_database(studio.bob.command, studio.id, "poll.vote", poll_id=str(poll.pk), choices=[0])
    turn = await in_database(called, studio, "@Ada how does it stand?")
    model.add(*calls(("poll_results", {})))
    model.add(*texts("So."), DONE)
    await runner.run(turn.pk)
    told = model.requests[1].messages[-1].content
    assert ("1. Yes: 1 vote" in told) is not is_sealed
    assert "1 has voted." in told


@pytest.mark.parametrize("is_sealed", [False, True])
async def test_40_what_it_thinks_about_a_secret_vote_is_secret(
    runner: Runner, model: ScriptedModel, studio: Workshop, is_sealed: bool
) -> None:
    await in_database(ask, studio, persona_voting="must", is_sealed=is_sealed)
    turn = await in_database(turn_of, studio, "Ada")
    model.add(ThinkingChunk("Yes it shall be."), *calls(vote(1)))
    await runner.run(turn.pk)
    assert await in_database(Thinking.objects.filter(turn=turn).exists) is not is_sealed


@pytest.mark.parametrize("given", [{}, {"is_sealed": True}, {"is_anonymous": True}])
def test_41_a_demo_voice_votes_where_it_was_asked(studio: Workshop, given: Json) -> None:
    poll = ask(studio, persona_voting="must", **given)
    turn = turn_of(studio, "Ada")
    asked = [(message.role, message.content) for message in request_for(turn).messages]
    votes = [vote_of(asked, lens) for lens in ("engineer", "sceptic", "designer", "visionary")]
    for cast in votes:
        assert cast is not None
        assert cast["poll"] == poll.message.seq
        assert cast["choices"] in (["1"], ["2"], ["3"])
    assert votes == [vote_of(asked, lens) for lens in ("engineer", "sceptic", "designer", "visionary")]
    # Called by a word in the same room, it speaks.
    spoken = request_for(called(studio, "@Ada and what do you say?"))
    assert vote_of([(message.role, message.content) for message in spoken.messages], "engineer") is None


@pytest.mark.parametrize(
    ("rest", "poll", "choices", "reason"),
    [
        ("2: It is late.", None, ["2"], "It is late."),
        (": 2", None, ["2"], ""),
        ("1, 3 and 4 in poll 41: why not", 41, ["1", "3", "4"], "why not"),
        ("2 in #41", 41, ["2"], ""),
        ("In May: it is warm: then", None, ["In May"], "it is warm: then"),
        ("N in poll 41\uff1awhy", 41, ["N"], "why"),
        ("", None, [], ""),
    ],
)
def test_42_a_written_vote_is_read(rest: str, poll: int | None, choices: list[str], reason: str) -> None:
    call = call_of(Marker("vote", rest), 0)
    assert call.name == "cast_vote"
    assert json.loads(call.arguments) == {"poll": poll, "choices": choices, "reason": reason}


async def test_43_without_tools_a_vote_that_was_asked_for_is_a_line_that_nobody_sees(
    runner: Runner, model: ScriptedModel, studio: Workshop, broadcasts: list[Json]
) -> None:
    await in_database(without_tools, studio)
    await in_database(ask, studio)
    poll = await in_database(ask, studio, persona_voting="must")
    turn = await in_database(turn_of, studio, "Ada")
    broadcasts.clear()
    model.add(*texts("[[vo", "te 3: It is", " late.]]\n"), DONE)
    await runner.run(turn.pk)
    turn = await ended(turn)
    assert (turn.state, turn.error_code, turn.message_id) == ("done", "", None)
    assert await in_database(ballots, poll) == [("Ada", [2], "It is late.", "acme/mute")]
    assert "message.posted" not in [event["type"] for event in broadcasts]
    record = await in_database(ToolRecord.objects.get, turn=turn)
    assert (record.arguments, record.result["text"]) == ("", "Your vote is counted.")
    [request] = model.requests
    assert not request.tools
    assert "[[vote N: why]]" in request.messages[0].content, "the rules have the form"


async def test_44_without_tools_who_speaks_may_vote_as_well(
    runner: Runner, model: ScriptedModel, studio: Workshop, broadcasts: list[Json]
) -> None:
    await in_database(without_tools, studio)
    poll = await in_database(ask, studio)
    turn = await in_database(called, studio, "@Ada what do you say?")
    broadcasts.clear()
    model.add(*texts("I have voted.\n[[vote no in poll ", f"{poll.message.seq}]]"), DONE)
    await runner.run(turn.pk)
    assert (await in_database(message_of, turn)).text.strip() == "I have voted."
    assert "[[" not in seen_text(broadcasts)
    assert await in_database(ballots, poll) == [("Ada", [2], "", "acme/mute")]


async def test_45_without_tools_a_vote_that_is_none_is_told_to_the_model(
    runner: Runner, model: ScriptedModel, studio: Workshop
) -> None:
    await in_database(without_tools, studio)
    poll = await in_database(ask, studio, persona_voting="must")
    turn = await in_database(turn_of, studio, "Ada")
    model.add(*texts("[[vote N: as I was told]]"), DONE)
    model.add(*texts("[[vote 1]]"), DONE)
    await runner.run(turn.pk)
    assert "The options are: 1. Yes;" in model.requests[1].messages[-1].content
    assert await in_database(ballots, poll) == [("Ada", [0], "", "acme/mute")]
    assert (await ended(turn)).message_id is None
