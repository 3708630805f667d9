"""Polls at the REST door. Numbered cases: docs/polls.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now

from personas.models import Persona
from rooms.access import Seat
from rooms.actions.personas import seat_personas
from rooms.actions.polls import OPEN_MOST, cast_vote, close_due_polls
from rooms.errors import ParleyError
from rooms.models import Ballot, Event, Message, Participant, Poll, Room
from rooms.tests.people import Answer, Json, Person, Workshop
from rooms.tests.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)


def ask(by: Person, workshop: Workshop, **given: Any) -> str:
    """A poll that must be accepted; its id."""
    answer = by.command(workshop.id, "poll.create", **(QUESTION | given))
    assert answer.status == 200, answer
    return str(answer.body["poll_id"])


QUESTION: Json = {"question": "Which day?", "options": ["Monday", "Tuesday", "Friday"]}


def vote(by: Person, workshop: Workshop, poll_id: str, *choices: int, reason: str = "") -> Answer:
    return by.command(workshop.id, "poll.vote", poll_id=poll_id, choices=list(choices), reason=reason)


def poll_of(by: Person, workshop: Workshop, poll_id: str) -> Json:
    answer = by.get(f"/api/rooms/{workshop.id}/polls/{poll_id}/")
    assert answer.status == 200, answer
    return answer.body


def totals(details: Json) -> list[int]:
    return [option["total"] for option in details["poll"]["tally"]]


def seat_of(workshop: Workshop, name: str) -> Seat:
    participant = Participant.objects.select_related("room").get(room=workshop.uuid, name=name)
    return Seat(participant.room, participant)


def seat_persona(workshop: Workshop, persona: Persona) -> Seat:
    room = Room.objects.get(pk=workshop.uuid)
    return Seat(room, seat_personas(room=room, personas=[persona])[0])


def pass_deadline(poll_id: str) -> None:
    Poll.objects.filter(pk=UUID(poll_id)).update(closes_at=Now() - timedelta(seconds=1))


# --- Asking ------------------------------------------------------------------------------


def test_1_a_poll_is_a_message_at_its_place(workshop: Workshop) -> None:
    workshop.alice.say(workshop.id, "Let us see.")
    poll_id = ask(workshop.alice, workshop)
    snapshot = workshop.bob.snapshot(workshop.id)
    message = snapshot["messages"][-1]
    assert (message["id"], message["kind"]) == (poll_id, "poll")
    assert message["text"] == "Which day?\n\n1. Monday\n2. Tuesday\n3. Friday"
    (poll,) = snapshot["polls"]
    assert (poll["id"], poll["options"]) == (poll_id, QUESTION["options"])
    assert poll["voters"] == {"total": 0, "people": 0, "personas": 0}
    assert snapshot["ballots"] == []


@pytest.mark.parametrize(
    "given",
    [
        {"options": ["One"]},
        {"options": [str(number) for number in range(13)]},
        {"options": ["Same", "same "]},
        {"options": ["Fine", "\u200b"]},
        {"options": ["Fine", "a\x00b"]},
        {"question": " \n "},
        {"question": "x" * 301},
        {"closes_in_seconds": 9},
        {"closes_in_seconds": 30 * 24 * 3600 + 1},
        {"persona_voting": "never"},
    ],
)
def test_2_a_poll_that_is_none_is_refused(workshop: Workshop, given: Json) -> None:
    answer = workshop.alice.command(workshop.id, "poll.create", **(QUESTION | given))
    assert (answer.status, answer.code) == (400, "invalid")
    assert not Poll.objects.exists()


def test_2_what_is_written_over_several_lines_is_one(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop, question="Which\n day?", options=["👩\u200d👧 one", "two\n2"])
    poll = poll_of(workshop.bob, workshop, poll_id)["poll"]
    assert (poll["question"], poll["options"]) == ("Which day?", ["👩\u200d👧 one", "two 2"])


def test_3_the_same_command_asks_once(workshop: Workshop) -> None:
    key = str(uuid4())
    first = workshop.alice.command(workshop.id, "poll.create", key, **QUESTION)
    again = workshop.alice.command(workshop.id, "poll.create", key, **QUESTION)
    assert first == again
    assert Poll.objects.count() == 1


def test_4_so_many_may_be_open(workshop: Workshop) -> None:
    polls = [ask(workshop.alice, workshop) for _ in range(OPEN_MOST)]
    assert workshop.bob.command(workshop.id, "poll.create", **QUESTION).code == "invalid"
    assert workshop.alice.command(workshop.id, "poll.close", poll_id=polls[0]).status == 200
    ask(workshop.bob, workshop)


# --- Voting ------------------------------------------------------------------------------


def test_5_a_vote_is_counted_and_shown_with_its_voter(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop)
    answer = vote(workshop.bob, workshop, poll_id, 1, reason="I am away on Monday.")
    mine = {"poll_id": poll_id, "choices": [1], "reason": "I am away on Monday."}
    assert answer.body == {"ballot": mine}
    details = poll_of(workshop.alice, workshop, poll_id)
    assert totals(details) == [0, 1, 0]
    bob = str(seat_of(workshop, "Bob").participant.pk)
    assert details["votes"] == [{"participant_id": bob, "choices": [1], "reason": "I am away on Monday."}]
    assert details["ballot"] == {"poll_id": poll_id, "choices": [], "reason": ""}
    assert workshop.bob.snapshot(workshop.id)["ballots"] == [mine]
    assert workshop.alice.snapshot(workshop.id)["ballots"] == []


def test_6_a_vote_is_changed_and_taken_back_while_the_poll_is_open(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop)
    vote(workshop.bob, workshop, poll_id, 1)
    vote(workshop.bob, workshop, poll_id, 2)
    assert totals(poll_of(workshop.bob, workshop, poll_id)) == [0, 0, 1]
    answer = workshop.bob.command(workshop.id, "poll.retract", poll_id=poll_id)
    assert answer.body == {"ballot": {"poll_id": poll_id, "choices": [], "reason": ""}}
    assert totals(poll_of(workshop.bob, workshop, poll_id)) == [0, 0, 0]
    assert workshop.bob.command(workshop.id, "poll.retract", poll_id=poll_id).status == 200


def test_7_the_same_vote_again_tells_nobody(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop)
    vote(workshop.bob, workshop, poll_id, 1)
    before = Event.objects.count()
    assert vote(workshop.bob, workshop, poll_id, 1).status == 200
    assert Event.objects.count() == before


def test_8_several_choices_where_the_poll_allows_them(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop, is_multiple=True)
    assert vote(workshop.bob, workshop, poll_id, 2, 0, 2).body["ballot"]["choices"] == [0, 2]
    details = poll_of(workshop.bob, workshop, poll_id)
    assert (totals(details), details["poll"]["voters"]["total"]) == ([1, 0, 1], 1)


@pytest.mark.parametrize("choices", [[], [3], [-1], [0, 1], [12]])
def test_9_choices_that_the_poll_does_not_have_are_refused(workshop: Workshop, choices: list[Any]) -> None:
    poll_id = ask(workshop.alice, workshop)
    answer = workshop.bob.command(workshop.id, "poll.vote", poll_id=poll_id, choices=choices)
    assert (answer.status, answer.code) == (400, "invalid")
    assert not Ballot.objects.exists()


def test_10_people_and_personas_are_counted_apart(workshop: Workshop, ada: Persona) -> None:
    poll_id = ask(workshop.alice, workshop)
    vote(workshop.bob, workshop, poll_id, 0)
    cast_vote(by=seat_persona(workshop, ada), poll_id=UUID(poll_id), choices=[0])
    details = poll_of(workshop.alice, workshop, poll_id)
    assert details["poll"]["tally"][0] == {"total": 2, "people": 1, "personas": 1}
    assert details["poll"]["voters"] == {"total": 2, "people": 1, "personas": 1}


def test_11_personas_that_voted_with_one_model_are_marked(
    workshop: Workshop, ada: Persona, bo: Persona
) -> None:
    Persona.objects.update(model="acme/owl")
    ada.refresh_from_db()
    bo.refresh_from_db()
    poll_id = ask(workshop.alice, workshop)
    for persona in (ada, bo):
        cast_vote(by=seat_persona(workshop, persona), poll_id=UUID(poll_id), choices=[0])
    poll = poll_of(workshop.alice, workshop, poll_id)["poll"]
    assert poll["shared_models"] == [{"model": "acme/owl", "voters": 2}]


def test_12_personas_vote_only_where_they_may(workshop: Workshop, ada: Persona) -> None:
    persona = seat_persona(workshop, ada)
    poll_id = ask(workshop.alice, workshop, persona_voting="none")
    with pytest.raises(ParleyError) as refusal:
        cast_vote(by=persona, poll_id=UUID(poll_id), choices=[0])
    assert refusal.value.code == "not_allowed"
    assert not Ballot.objects.exists()


def test_13_who_left_has_voted_all_the_same(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop)
    bob = str(seat_of(workshop, "Bob").participant.pk)
    vote(workshop.bob, workshop, poll_id, 1)
    assert workshop.bob.command(workshop.id, "participant.leave").status == 200
    workshop.alice.command(workshop.id, "poll.close", poll_id=poll_id)
    details = poll_of(workshop.alice, workshop, poll_id)
    assert (totals(details), details["votes"][0]["participant_id"]) == ([0, 1, 0], bob)
    assert details["poll"]["electorate"] == {"people": 2, "personas": 0}
    names = {p["id"]: p["name"] for p in workshop.alice.snapshot(workshop.id)["participants"]}
    assert names[bob] == "Bob"
    assert vote(workshop.bob, workshop, poll_id, 0).code == "not_found"


# --- The end -----------------------------------------------------------------------------


def test_14_closed_by_who_asked_or_who_looks_after_the_room(workshop: Workshop) -> None:
    assert workshop.carol.join(workshop.invite).status == 200
    poll_id = ask(workshop.bob, workshop)
    assert workshop.carol.command(workshop.id, "poll.close", poll_id=poll_id).code == "not_allowed"
    assert workshop.bob.command(workshop.id, "poll.close", poll_id=poll_id).status == 200
    poll = poll_of(workshop.carol, workshop, poll_id)["poll"]
    assert poll["closed_by_id"] == str(seat_of(workshop, "Bob").participant.pk)
    other = ask(workshop.bob, workshop)
    assert workshop.alice.command(workshop.id, "poll.close", poll_id=other).status == 200
    before = Event.objects.count()
    assert workshop.alice.command(workshop.id, "poll.close", poll_id=other).status == 200
    assert Event.objects.count() == before


def test_15_nobody_votes_in_a_closed_poll(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop)
    vote(workshop.bob, workshop, poll_id, 1)
    workshop.alice.command(workshop.id, "poll.close", poll_id=poll_id)
    assert vote(workshop.bob, workshop, poll_id, 0).code == "poll_closed"
    assert workshop.bob.command(workshop.id, "poll.retract", poll_id=poll_id).code == "poll_closed"
    assert totals(poll_of(workshop.bob, workshop, poll_id)) == [0, 1, 0]
    assert workshop.bob.snapshot(workshop.id)["ballots"][0]["choices"] == [1]


def test_16_a_deadline_ends_it_by_the_databases_clock(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop, closes_in_seconds=3600)
    assert close_due_polls() == 0
    pass_deadline(poll_id)
    assert vote(workshop.bob, workshop, poll_id, 0).code == "poll_closed"
    assert (close_due_polls(), close_due_polls()) == (1, 0)
    poll = poll_of(workshop.bob, workshop, poll_id)["poll"]
    assert poll["closed_at"] is not None
    assert poll["closed_by_id"] is None


def test_17_two_sweeps_at_once_close_it_once(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop, closes_in_seconds=3600)
    pass_deadline(poll_id)
    assert sum(in_threads([close_due_polls] * 4)) == 1
    closed = [e for e in Event.objects.filter(type="poll.changed") if e.data["poll"]["closed_at"]]
    assert len(closed) == 1


def test_18_fifty_votes_at_the_same_moment_are_fifty(workshop: Workshop) -> None:
    poll_id = UUID(ask(workshop.alice, workshop))
    room = Room.objects.get(pk=workshop.uuid)
    seats = [
        Seat(
            room,
            Participant.objects.create(
                room=room, kind="persona", name=f"P{number}", name_key=f"p{number}", model=f"m/{number}"
            ),
        )
        for number in range(50)
    ]
    work: list[Callable[[], Any]] = [
        partial(cast_vote, by=seat, poll_id=poll_id, choices=[number % 3])
        for number, seat in enumerate(seats)
    ]
    # On SQLite they wait in a queue, on PostgreSQL for the room.
    in_threads(work)
    details = poll_of(workshop.alice, workshop, str(poll_id))
    assert totals(details) == [17, 17, 16]
    told = [
        e.data["poll"]["voters"]["total"] for e in Event.objects.filter(type="poll.changed").order_by("seq")
    ]
    assert told == list(range(51))


# --- Rights ------------------------------------------------------------------------------


def test_19_a_viewer_reads_and_does_not_vote(workshop: Workshop) -> None:
    bob = str(seat_of(workshop, "Bob").participant.pk)
    poll_id = ask(workshop.alice, workshop)
    workshop.alice.command(workshop.id, "participant.set_role", participant_id=bob, role="viewer")
    assert vote(workshop.bob, workshop, poll_id, 0).code == "not_allowed"
    assert workshop.bob.command(workshop.id, "poll.create", **QUESTION).code == "not_allowed"
    assert poll_of(workshop.bob, workshop, poll_id)["poll"]["id"] == poll_id


def test_20_an_archived_room_refuses_votes_and_keeps_its_deadlines(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop, closes_in_seconds=3600)
    workshop.alice.command(workshop.id, "room.archive")
    for kind, data in (
        ("poll.vote", {"poll_id": poll_id, "choices": [0]}),
        ("poll.retract", {"poll_id": poll_id}),
        ("poll.close", {"poll_id": poll_id}),
        ("poll.create", QUESTION),
    ):
        assert workshop.alice.command(workshop.id, kind, **data).code == "room_archived"
    pass_deadline(poll_id)
    assert close_due_polls() == 1


def test_21_a_poll_of_another_room_is_none(workshop: Workshop) -> None:
    poll_id = ask(workshop.alice, workshop)
    elsewhere = str(workshop.carol.create_room("Elsewhere").body["room_id"])
    for kind in ("poll.retract", "poll.close"):
        assert workshop.carol.command(elsewhere, kind, poll_id=poll_id).code == "not_found"
    answer = workshop.carol.command(elsewhere, "poll.vote", poll_id=poll_id, choices=[0])
    assert (answer.status, answer.code) == (404, "not_found")
    assert workshop.carol.get(f"/api/rooms/{elsewhere}/polls/{poll_id}/").status == 404
    assert workshop.carol.get(f"/api/rooms/{workshop.id}/polls/{poll_id}/").status == 404


# --- REST and pages ----------------------------------------------------------------------


def test_22_over_rest(workshop: Workshop) -> None:
    polls = f"/api/rooms/{workshop.id}/polls/"
    made = workshop.alice.post(polls, QUESTION)
    assert made.status == 201
    poll_id = made.body["poll"]["id"]
    voted = workshop.bob.post(f"{polls}{poll_id}/vote/", {"choices": [2], "reason": " So. "})
    assert voted.body["ballot"] == {"poll_id": poll_id, "choices": [2], "reason": "So."}
    assert workshop.bob.post(f"{polls}{poll_id}/retract/", {}).body["ballot"]["choices"] == []
    assert workshop.bob.post(f"{polls}{poll_id}/close/", {}).code == "not_allowed"
    assert workshop.alice.post(f"{polls}{poll_id}/close/", {}).body["poll"]["closed_at"] is not None
    assert workshop.bob.post(f"{polls}{poll_id}/vote/", {"choices": [2]}).code == "poll_closed"
    assert workshop.bob.get(polls, open=1).body["results"] == []


def test_23_the_list_is_in_pages_with_ones_own_votes(workshop: Workshop) -> None:
    ids = [ask(workshop.alice, workshop) for _ in range(3)]
    vote(workshop.bob, workshop, ids[0], 1)
    first = workshop.bob.get(f"/api/rooms/{workshop.id}/polls/", limit=2).body
    assert [poll["id"] for poll in first["results"]] == [ids[2], ids[1]]
    assert first["ballots"] == []
    second = workshop.bob.client.get(first["next"]).json()
    assert [poll["id"] for poll in second["results"]] == [ids[0]]
    assert [ballot["choices"] for ballot in second["ballots"]] == [[1]]
    assert second["next"] is None


def test_24_a_snapshot_has_the_open_polls_that_lie_further_back(workshop: Workshop) -> None:
    old_open, old_closed = ask(workshop.alice, workshop), ask(workshop.alice, workshop)
    vote(workshop.bob, workshop, old_closed, 0)
    workshop.alice.command(workshop.id, "poll.close", poll_id=old_closed)
    for number in range(50):
        workshop.alice.say(workshop.id, str(number))
    snapshot = workshop.bob.snapshot(workshop.id)
    assert [poll["id"] for poll in snapshot["polls"]] == [old_open]
    before = snapshot["messages"][0]["seq"]
    page = workshop.bob.get(f"/api/rooms/{workshop.id}/messages/", before=before).body
    assert {poll["id"] for poll in page["polls"]} == {old_open, old_closed}
    assert [ballot["poll_id"] for ballot in page["ballots"]] == [old_closed]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what there is")
def test_25_open_polls_are_found_by_their_index(workshop: Workshop) -> None:
    rows = Poll.objects.filter(room=workshop.uuid, closed_at=None)
    assert "open_polls" in rows.order_by().explain()


def test_26_a_poll_goes_with_its_room_and_its_message(workshop: Workshop) -> None:
    vote(workshop.bob, workshop, ask(workshop.alice, workshop), 1)
    Message.objects.filter(room=workshop.uuid).delete()
    assert not Poll.objects.exists()
    assert not Ballot.objects.exists()
