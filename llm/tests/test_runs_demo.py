"""The scripted demo plays every mode to a sensible end, without a key."""

from __future__ import annotations

import json
from itertools import pairwise
from uuid import uuid4

import pytest

from llm import turns
from llm.gateway.demo_runs import _alternatives, run_answer
from llm.gateway.types import ToolCall
from llm.models import Run, Turn
from llm.orchestration.registry import MODES
from llm.requests import request_for
from llm.runs.driver import advance
from llm.tests.helpers import WORKER
from llm.tests.run_helpers import messages, newest_run, run_shape, seat_more, start
from llm.tools.execution import use_tool
from rooms.tests.people import Json, Workshop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

LENSES = {"Ada": "engineer", "Bo": "sceptic", "Cy": "optimist", "Dee": "poet"}
GOAL = "Should the tool library open on Monday evenings or on Friday afternoons?"


def play(studio: Workshop) -> Run:
    """Every turn is claimed, asked for and settled as a worker does it, with the demo's words."""
    for _ in range(60):
        run = newest_run(studio)
        if run.question:
            told = studio.bob.command(studio.id, "run.resume", run_id=str(run.pk), text=run.options[-1])
            assert told.status == 200, told
            continue
        if run.state != Run.State.RUNNING:
            return run
        for turn in Turn.objects.filter(run=run, state="queued").order_by("run_number"):
            take(turn)
        advance(run.pk)
    raise AssertionError("It does not come to an end.")


def take(queued: Turn, lens: str = "") -> None:
    turn = turns.claim(queued.pk, WORKER)
    assert turn is not None
    request = request_for(turn)
    pairs = [(message.role, message.content) for message in request.messages]
    answer = run_answer(pairs, lens or LENSES[turn.participant.name])
    assert answer is not None, "the demo does not see that this is a run"
    # A sceptic thinks first, which the speaker's filter takes out.
    text = answer.text.rpartition("</think>")[2].strip()
    if answer.use is not None:
        call = ToolCall("1", answer.use.name, json.dumps(answer.use.arguments))
        outcome = use_tool(turn, 1, call, said=text, is_insisting=False)
        assert not outcome.is_refused, outcome.result.text
    if text and not turn.is_sealed:
        assert turns.begin(turn, uuid4(), text)
    assert turns.settle(turn, "done", turns.Text(text, 0))


@pytest.mark.parametrize("mode", [mode.name for mode in MODES])
def test_the_demo_plays(studio: Workshop, mode: str) -> None:
    """80"""
    seat_more(studio, "Cy", "Dee")
    start(studio, mode, goal=GOAL)
    run = play(studio)
    assert run.end_code in {"finished", "consensus"}
    told = messages(studio)
    asked = run.steps.filter(decision__kind="wait")
    # The goal names two alternatives, which a leader leaves to people.
    assert [step.decision["options"] for step in asked] == (
        [["on Monday evenings", "on Friday afternoons"]] if mode == "leader" else []
    )
    # Each of those who took part is heard, and nothing is said twice in a row.
    assert len(told) == 1 + run.turns.count() + asked.count()
    assert not [one for one, other in pairwise(told) if one == other]
    outcome: Json = run_shape(studio)["outcome"] or {}
    if mode != "round_robin":
        assert outcome["decision"]
        assert outcome["message_ids"]
    if mode in {"debate", "consensus", "relay", "council", "leader"}:
        assert outcome["is_decided"]


def test_the_demos_leader_asks_people_once_and_goes_by_their_answer(studio: Workshop) -> None:
    """82"""
    seat_more(studio, "Cy")
    start(studio, "leader", goal="Tea or coffee?")
    play(studio)
    assert sum("What do you prefer" in text for text in messages(studio)) == 1
    assert "You decided: coffee." in run_shape(studio)["outcome"]["decision"]
    # Where there is nothing to decide, nobody is asked.
    start(studio, "leader", goal="What is missing?")
    assert not play(studio).steps.filter(decision__kind="wait").exists()


@pytest.mark.parametrize(
    ("goal", "alternatives"),
    [
        ("Tea or coffee?", ["Tea", "coffee"]),
        ("We are thirsty. Tea or black coffee?", ["Tea", "black coffee"]),
        (GOAL, ["on Monday evenings", "on Friday afternoons"]),
        ("Tea or coffee. Which?", []),
        ("Tea or tea or what", []),
        ("tea or tea?", []),
        ("or?", []),
    ],
)
def test_the_demo_knows_alternatives(goal: str, alternatives: list[str]) -> None:
    """83"""
    assert _alternatives(goal) == alternatives


def test_the_demo_chooses_out_of_what_is_given(studio: Workshop) -> None:
    """81"""
    seat_more(studio, "Cy", "Dee")
    start(studio, "consensus", goal=GOAL, choices=["Monday", "Friday"])
    run = play(studio)
    outcome = run_shape(studio)["outcome"]
    assert run.end_code in {"finished", "consensus"}
    assert {count["choice"] for count in outcome["before"] + outcome["after"]} <= {"Monday", "Friday"}
