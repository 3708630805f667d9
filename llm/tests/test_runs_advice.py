"""What a room's own votes say before a run, over REST. The numbers are those of docs/orchestration.md."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from llm.models import Run, Turn
from llm.orchestration.values import Answer
from llm.runs.advice import VOTES_MOST, votes_of
from llm.runs.history import ask_of
from llm.tests.run_helpers import end, ids, newest_run, seat_more, start
from rooms.models import Ballot, Participant, Room
from rooms.tests.people import Json, Person, Workshop

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = ["Monday", "Friday"]


@pytest.fixture(autouse=True)
def model(studio: Workshop) -> None:
    """All of them use one model, which is no demo."""
    Room.objects.update(default_model="openai/gpt-5-mini")
    Participant.objects.update(model="")


def advice(studio: Workshop, person: Person | None = None, mode: str = "consensus", **spec: Any) -> Json:
    answer = (person or studio.bob).post(f"/api/rooms/{studio.id}/runs/advice/", {"mode": mode, **spec})
    assert answer.status == 200, answer
    return answer.body


def consensus(studio: Workshop, *choices: str) -> Run:
    """A vote that Ada, Bo and Cy end by what they choose first: two of three are a quorum."""
    run = start(studio, "consensus", choices=DAYS)
    for name, choice in zip(("Ada", "Bo", "Cy"), choices, strict=True):
        end(studio, name, answer=Answer(choice))
    return run


def poll(studio: Workshop, choices: dict[str, int], **fields: Any) -> str:
    """A poll of Alice's in which personas vote, closed."""
    spec = {"question": "Which day?", "options": DAYS, "is_sealed": True, **fields}
    answer = studio.alice.command(studio.id, "poll.create", **spec)
    assert answer.status == 200, answer
    poll_id = str(answer.body["poll_id"])
    for name, choice in choices.items():
        persona = Participant.objects.get(room=studio.uuid, name=name)
        cast(poll_id, persona, choice)
    assert studio.alice.command(studio.id, "poll.close", poll_id=poll_id).status == 200
    return poll_id


def cast(poll_id: str, persona: Participant, choice: int) -> None:
    Ballot.objects.create(
        poll_id=poll_id,
        participant=persona,
        choices=[choice],
        model="openai/gpt-5-mini",
        cast_at=timezone.now(),
    )


def test_a_room_without_votes_says_so(studio: Workshop) -> None:
    """276"""
    told = advice(studio)
    assert told["line"] == (
        "No votes here yet. These two all use openai/gpt-5-mini, whose errors tend to be alike: expect little"
        " from more of them; a model of another maker is likely to bring more."
    )
    assert (told["votes"], told["worth"], told["models"], told["sizes"]) == (0, None, [], [])
    assert [pair["basis"] for pair in told["pairs"]] == [None]


def test_what_personas_chose_first_is_counted(studio: Workshop) -> None:
    """277"""
    seat_more(studio, "Cy")
    for choices in [("Friday",) * 3] * 4 + [("Friday", "Friday", "Monday")] * 2:
        consensus(studio, *choices)
    told = advice(studio)
    ada, bo, cy = ids(studio, "Ada", "Bo", "Cy")
    pairs = {(pair["one_id"], pair["other_id"]): pair for pair in told["pairs"]}
    assert (told["votes"], pairs[ada, bo]["agreed"], pairs[ada, cy]["agreed"]) == (6, 6, 4)
    assert pairs[ada, bo]["basis"] == "own"
    # r is the mean of 1, 1/3 and 1/3.
    assert told["worth"]["value"] == pytest.approx(3 / (1 + 2 * 5 / 9))
    assert [(size["size"], size["same"], size["votes"]) for size in told["sizes"]] == [
        (1, pytest.approx(4 + 2 * 2 / 3), 6),
        (2, pytest.approx(4 + 2 * 1 / 3), 6),
    ]
    assert told["line"].startswith("Going by 6 votes here, these three are worth about 1.4 ")
    # Whom it is about follows who is asked for.
    two = advice(studio, cast_ids=[ada, cy])
    assert [pair["agreed"] for pair in two["pairs"]] == [4]
    assert "these two" in two["line"]


def test_what_is_sealed_still_is_not_told(studio: Workshop) -> None:
    """278"""
    for _ in range(5):
        start(studio, "consensus", choices=DAYS)
        end(studio, "Ada", answer=Answer("Friday"))
        end(studio, "Bo", answer=Answer("Friday"))
    before = advice(studio)
    run = start(studio, "consensus", choices=DAYS)
    end(studio, "Ada", answer=Answer("Friday"))
    # Both are in, and seal and vote go on: a critique follows.
    end(studio, "Bo", answer=Answer("Monday"))
    assert Turn.objects.filter(run=run, is_sealed=True).count() > 1
    assert advice(studio) == before
    assert before["votes"] == 5
    studio.bob.command(studio.id, "run.stop", run_id=str(run.pk))
    assert advice(studio)["votes"] == 6


def test_polls_count_where_they_were_sealed_and_nobody_is_anonymous(studio: Workshop) -> None:
    """279"""
    for fields in ({"is_sealed": False}, {"is_anonymous": True}, {"is_multiple": True}):
        poll(studio, {"Ada": 0, "Bo": 1}, **fields)
    assert advice(studio)["votes"] == 0
    poll(studio, {"Ada": 0, "Bo": 1})
    told = advice(studio)
    assert (told["votes"], told["pairs"][0]["agreed"]) == (1, 0)
    # One that is open still.
    studio.alice.command(studio.id, "poll.create", question="And then?", options=DAYS, is_sealed=True)
    opened = studio.alice.snapshot(studio.id)["polls"][-1]["id"]
    for name in ("Ada", "Bo"):
        cast(opened, Participant.objects.get(room=studio.uuid, name=name), 1)
    assert advice(studio) == told


def test_people_are_not_counted(studio: Workshop) -> None:
    """280"""
    run = start(studio, "consensus", choices=DAYS, people_ids=ids(studio, "Bob"))
    end(studio, "Ada", answer=Answer("Friday"))
    end(studio, "Bo", answer=Answer("Friday"))
    path = f"/api/rooms/{studio.id}/runs/{run.pk}/mine/"
    assert studio.bob.post(path, {"choice": "Monday"}).status == 200
    studio.bob.command(studio.id, "run.stop", run_id=str(run.pk))
    told = advice(studio, people_ids=ids(studio, "Bob"))
    assert (told["votes"], len(told["pairs"])) == (1, 1)
    assert ids(studio, "Bob")[0] not in str(told)


def test_a_councils_first_places_are_votes_without_their_own(studio: Workshop) -> None:
    """281"""
    seat_more(studio, "Cy", "Dee")
    start(studio, "council")
    for name in ("Ada", "Bo", "Cy", "Dee"):
        end(studio, name, f"What {name} would do.")
    asked = {
        turn.participant.name: ask.choices
        for turn in newest_run(studio).turns.filter(run_phase="ranking").select_related("participant")
        if (ask := ask_of(turn)) is not None
    }
    own = {name: ({*"ABCD"} - set(choices)).pop() for name, choices in asked.items()}
    # All rank Dee's answer first, but for Dee.
    for name, choices in asked.items():
        order = sorted(choices, key=lambda label: label != own["Dee"])
        end(studio, name, answer=Answer(ranking=tuple(order)))
    end(studio, "Ada", "Put together.")
    [vote] = votes_of(Room.objects.get(pk=studio.uuid))
    assert vote.chance == 0.5
    assert {ballot.barred for ballot in vote.ballots} == set("ABCD")
    told = advice(studio)
    # Of the six pairs three are of two who could both choose Dee's.
    assert sum(pair["votes"] for pair in told["pairs"]) == 3
    assert sum(pair["agreed"] for pair in told["pairs"]) == 3


def test_an_answer_in_plain_words_counts_as_well(studio: Workshop) -> None:
    """282"""
    start(studio, "consensus", choices=DAYS)
    for name in ("Ada", "Bo"):
        end(studio, name, "It is quiet then.\n\nchoice: Friday")
    told = advice(studio)
    assert (told["votes"], told["pairs"][0]["agreed"]) == (1, 1)


def test_strangers_are_told_nothing_and_members_the_same(studio: Workshop) -> None:
    """283"""
    assert advice(studio, studio.alice) == advice(studio, studio.bob)
    path = f"/api/rooms/{studio.id}/runs/advice/"
    assert studio.carol.post(path, {"mode": "consensus"}).status == 404
    assert studio.bob.post(path, {"mode": "no such"}).status == 400
    other = str(studio.carol.create_room("Other").body["room_id"])
    assert studio.bob.post(f"/api/rooms/{other}/runs/advice/", {"mode": "consensus"}).status == 404


def test_it_takes_as_many_statements_in_a_room_of_many_votes(studio: Workshop) -> None:
    """284"""
    seat_more(studio, "Cy")
    counts = []
    for many in (2, 6):
        for _ in range(many):
            consensus(studio, "Friday", "Friday", "Monday")
            poll(studio, {"Ada": 0, "Bo": 1})
        with CaptureQueriesContext(connection) as queries:
            advice(studio)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20
    assert VOTES_MOST == 100
