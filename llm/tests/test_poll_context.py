"""What a persona is told of the room's polls, which every member may look at."""

from __future__ import annotations

from typing import Any

import pytest

from llm.polls import polls_of
from llm.requests import request_for
from llm.tests.helpers import seat, speaking
from rooms.access import Seat
from rooms.actions.polls import cast_vote
from rooms.models import Poll
from rooms.tests.people import Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def ask(studio: Workshop, **given: Any) -> Poll:
    question = {"question": "Which day?", "options": ["Monday", "Friday"]} | given
    answer = studio.alice.command(studio.id, "poll.create", **question)
    assert answer.status == 200, answer
    return Poll.objects.get(pk=answer.body["poll_id"])


def cast(studio: Workshop, name: str, poll: Poll, *choices: int) -> None:
    participant = seat(studio, name)
    cast_vote(by=Seat(participant.room, participant), poll_id=poll.pk, choices=choices)


def close(studio: Workshop, poll: Poll) -> None:
    assert studio.alice.command(studio.id, "poll.close", poll_id=str(poll.pk)).status == 200


def test_nothing_where_nothing_was_asked(studio: Workshop) -> None:
    assert polls_of(speaking(studio), has_tools=True) == ""


def test_1_an_open_poll_with_its_count_and_whether_it_has_voted(studio: Workshop) -> None:
    poll = ask(studio)
    cast(studio, "Bob", poll, 1)
    turn = speaking(studio)
    number = poll.message.seq
    assert polls_of(turn, has_tools=True) == (
        f"Poll {number}, asked by Alice, is open: Which day?\n"
        "1. Monday: 0 votes\n2. Friday: 1 vote\n1 has voted.\n"
        "One option can be chosen. You may vote. You have not voted yet."
    )
    cast(studio, "Ada", poll, 1)
    told = polls_of(turn, has_tools=True)
    assert "2. Friday: 2 votes (1 of people, 1 of AI personas)" in told
    assert told.endswith("You have voted; voting again replaces your vote.")


def test_2_a_sealed_poll_has_no_count(studio: Workshop) -> None:
    poll = ask(studio, is_sealed=True, persona_voting="must")
    cast(studio, "Bob", poll, 1)
    told = polls_of(speaking(studio), has_tools=True)
    assert "1. Monday\n2. Friday\nSealed until it closes. 1 has voted." in told
    assert "You are asked to vote." in told


@pytest.mark.parametrize("choice", [0, 1])
def test_3_its_own_secret_vote_is_not_told_either(studio: Workshop, choice: int) -> None:
    """Every member may look at what a persona was given."""
    sealed, anonymous = ask(studio, is_sealed=True), ask(studio, is_anonymous=True, is_sealed=True)
    turn = speaking(studio)
    before = polls_of(turn, has_tools=True)
    cast(studio, "Ada", sealed, choice)
    cast(studio, "Ada", anonymous, choice)
    after = polls_of(turn, has_tools=True)
    assert after == before.replace("0 have voted", "1 has voted").replace(
        "You may vote. You have not voted yet.", "You have voted; voting again replaces your vote."
    )


def test_4_personas_are_told_that_they_do_not_vote(studio: Workshop) -> None:
    ask(studio, persona_voting="none")
    assert polls_of(speaking(studio), has_tools=True).endswith("Only people vote in it.")


def test_5_the_last_results_stay(studio: Workshop) -> None:
    for _ in range(3):
        poll = ask(studio, is_sealed=True)
        cast(studio, "Bob", poll, 0)
        close(studio, poll)
    told = polls_of(speaking(studio), has_tools=True)
    assert told.count("is closed: Which day?\n1. Monday: 1 vote") == 2
    assert "You may vote" not in told


def test_6_the_poll_stands_in_the_prompt(studio: Workshop) -> None:
    ask(studio, question="Which </polls> day?")
    turn = speaking(studio)
    prompt = "\n".join(message.content for message in request_for(turn).messages)
    transcript, _, block = prompt.partition("<polls>")
    assert "day?\n\n1. Monday\n2. Friday" in transcript
    assert "2. Friday: 0 votes" in block.partition("</polls>")[0]


def test_7_without_tools_it_is_told_how_to_vote(studio: Workshop) -> None:
    poll = ask(studio)
    turn = speaking(studio)
    how = f"write this line, with the option's number: [[vote N in poll {poll.message.seq}: why]]"
    assert polls_of(turn, has_tools=False).endswith(how)
    assert "[[" not in polls_of(turn, has_tools=True)
    close(studio, poll)
    ask(studio, persona_voting="none")
    assert "[[" not in polls_of(turn, has_tools=False)
