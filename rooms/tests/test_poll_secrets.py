"""What is sealed or anonymous is told to nobody: two rooms in which other things are secret look
the same to whoever must not know.

Each example is a script of votes in a random poll, done in two rooms. In a sealed poll the two
differ in what was voted, in an anonymous one in who voted: everything that Alice and Carol are
ever told (events, snapshots, REST, refusals) is equal to the last letter. Alice votes too, the
same in both.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.access import Seat
from rooms.actions.guests import create_guest
from rooms.actions.polls import PollSketch, cast_vote, close_poll, create_poll, retract_vote
from rooms.models import Participant, Room
from rooms.tests.people import Json, Person, Workshop

pytestmark = pytest.mark.django_db(transaction=True)

OPTIONS = ("Red", "Green", "Blue")
PEOPLE, PERSONAS = ("Dan", "Eve", "Fay", "Gus"), ("Ada", "Bo", "Cy", "Di")
VOTERS = (*PEOPLE, *PERSONAS)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

choices = st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True).map(sorted)
reasons = st.sampled_from(["", "I like it.", "It is mine."])


@dataclass(frozen=True)
class Vote:
    """`first` is voted in one room, `second` in the other; None takes a vote back."""

    who: str
    first: tuple[list[int], str] | None
    second: tuple[list[int], str] | None


@st.composite
def votes(draw: st.DrawFn) -> Vote:
    who = draw(st.sampled_from([*VOTERS, "Alice"]))
    if draw(st.integers(0, 4)) == 0:
        return Vote(who, None, None)
    first = (draw(choices), draw(reasons))
    # What Alice does herself she may know.
    return Vote(who, first, first if who == "Alice" else (draw(choices), draw(reasons)))


kinds = st.fixed_dictionaries(
    {"is_multiple": st.just(True), "persona_voting": st.sampled_from(["may", "must"])}
)
scripts = st.lists(votes(), min_size=1, max_size=8)


class Hall:
    """A room with a poll of Dan's, in which Alice watches."""

    def __init__(self, alice: Person, carol: Person, rules: Json) -> None:
        self.alice, self.carol = alice, carol
        self.id = str(alice.create_room("Hall").body["room_id"])
        room = Room.objects.get(pk=self.id)
        self.seats = {"Alice": Seat(room, Participant.objects.get(room=room, name="Alice"))}
        for name in PEOPLE:
            guest = create_guest(name=name)
            person = Participant.objects.create(
                room=room, kind="human", name=name, name_key=name.lower(), guest=guest
            )
            self.seats[name] = Seat(room, person)
        for name in PERSONAS:
            persona = Participant.objects.create(
                room=room, kind="persona", name=name, name_key=name.lower(), model="acme/owl"
            )
            self.seats[name] = Seat(room, persona)
        sketch = PollSketch(question="Which?", options=OPTIONS, **rules)
        self.poll_id: UUID = create_poll(by=self.seats["Dan"], sketch=sketch).pk

    def vote(self, who: str, what: tuple[list[int], str] | None) -> None:
        if what is None:
            retract_vote(by=self.seats[who], poll_id=self.poll_id)
        else:
            cast_vote(by=self.seats[who], poll_id=self.poll_id, choices=what[0], reason=what[1])

    def close(self) -> None:
        close_poll(by=self.seats["Dan"], poll_id=self.poll_id)

    def told(self) -> str:
        """Everything that Alice and Carol can read, with the ids of this room named."""
        poll = f"/api/rooms/{self.id}/polls/{self.poll_id}/"
        everything: list[Any] = []
        for person in (self.alice, self.carol):
            everything += [
                person.get(f"/api/rooms/{self.id}/"),
                person.get(f"/api/rooms/{self.id}/events/", after=0),
                person.get(f"/api/rooms/{self.id}/messages/"),
                person.get(f"/api/rooms/{self.id}/polls/"),
                person.get(poll),
                person.post(f"{poll}vote/", {"choices": [7]}),
                person.command(
                    self.id, "poll.vote", poll_id=str(self.poll_id), choices=[0], reason="x" * 201
                ),
            ]
        text = json.dumps([(answer.status, answer.body) for answer in everything], sort_keys=True)
        names = {str(seat.participant.pk): name for name, seat in self.seats.items()}
        names |= {self.id: "the room", str(self.poll_id): "the poll"}
        names[Room.objects.get(pk=self.id).invite] = "the invite"
        for id_, name in names.items():
            text = text.replace(id_, name)
        return _TIME.sub("then", text)


many = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(rules=kinds, is_anonymous=st.booleans(), script=scripts)
def test_27_what_is_voted_in_a_sealed_poll_is_told_to_nobody(
    workshop: Workshop, rules: Json, is_anonymous: bool, script: list[Vote]
) -> None:
    rules = rules | {"is_sealed": True, "is_anonymous": is_anonymous}
    one, other = (Hall(workshop.alice, workshop.carol, rules) for _ in range(2))
    for vote in script:
        one.vote(vote.who, vote.first)
        other.vote(vote.who, vote.second)
    assert one.told() == other.told()


@many
@given(
    personas_vote=st.booleans(),
    script=scripts,
    people=st.permutations(PEOPLE),
    personas=st.permutations(PERSONAS),
    is_closed=st.booleans(),
)
def test_28_who_voted_in_an_anonymous_poll_is_told_to_nobody(
    workshop: Workshop,
    personas_vote: bool,
    script: list[Vote],
    people: list[str],
    personas: list[str],
    is_closed: bool,
) -> None:
    """Live where only people vote, sealed where personas do too."""
    voting = "must" if personas_vote else "none"
    rules: Json = {"is_multiple": True, "is_anonymous": True, "persona_voting": voting}
    exchanged = dict(zip(VOTERS, [*people, *personas], strict=True)) | {"Alice": "Alice"}
    one, other = (Hall(workshop.alice, workshop.carol, rules) for _ in range(2))
    for vote in script:
        if personas_vote or vote.who not in PERSONAS:
            one.vote(vote.who, vote.first)
            other.vote(exchanged[vote.who], vote.first)
    if is_closed:
        one.close()
        other.close()
    assert one.told() == other.told()


@many
@given(script=st.lists(st.tuples(st.sampled_from(VOTERS), choices), min_size=1, max_size=8))
def test_29_while_it_is_open_an_anonymous_poll_does_not_tell_people_from_personas(
    workshop: Workshop, script: list[tuple[str, list[int]]]
) -> None:
    """Else the vote of the only persona in a room would be known by its count."""
    rules: Json = {"is_anonymous": True, "is_multiple": True}
    one, other = (Hall(workshop.alice, workshop.carol, rules) for _ in range(2))
    swapped = dict(zip(VOTERS, [*PERSONAS, *PEOPLE], strict=True))
    for who, chosen in script:
        one.vote(who, (chosen, ""))
        other.vote(swapped[who], (chosen, ""))
    assert one.told() == other.told()


def test_30_a_closed_anonymous_poll_tells_them_apart_in_a_crowd(workshop: Workshop) -> None:
    few, many_ = (Hall(workshop.alice, workshop.carol, {"is_anonymous": True}) for _ in range(2))
    for number, name in enumerate(VOTERS):
        many_.vote(name, ([number % 3], f"{number}"))
        if name in (*PEOPLE, "Ada"):
            few.vote(name, ([0], ""))
    for hall, split in ((few, (None, None)), (many_, (4, 4))):
        hall.close()
        details = workshop.alice.get(f"/api/rooms/{hall.id}/polls/{hall.poll_id}/").body
        voters = details["poll"]["voters"]
        assert (voters["people"], voters["personas"]) == split
        assert all(vote["participant_id"] is None for vote in details["votes"])


def test_31_a_sealed_poll_tells_how_many_voted_and_all_at_its_end(workshop: Workshop) -> None:
    hall = Hall(workshop.alice, workshop.carol, {"is_sealed": True})
    hall.vote("Eve", ([1], "Green."))
    hall.vote("Ada", ([2], ""))
    address = f"/api/rooms/{hall.id}/polls/{hall.poll_id}/"
    sealed = workshop.alice.get(address).body
    assert sealed["poll"]["voters"] == {"total": 2, "people": 1, "personas": 1}
    assert (sealed["poll"]["tally"], sealed["poll"]["shared_models"], sealed["votes"]) == (None, [], [])
    hall.vote("Bo", ([2], ""))
    hall.close()
    told = workshop.alice.get(address).body
    assert [option["total"] for option in told["poll"]["tally"]] == [0, 1, 2]
    assert told["poll"]["shared_models"] == [{"model": "acme/owl", "voters": 2}]
    assert {vote["reason"] for vote in told["votes"]} == {"Green.", ""}


@pytest.mark.parametrize(("voting", "is_sealed"), [("none", False), ("may", True), ("must", True)])
def test_32_an_anonymous_poll_in_which_personas_vote_is_sealed(
    workshop: Workshop, voting: str, is_sealed: bool
) -> None:
    """Everybody sees when a persona has its turn: a count that rises then is its vote."""
    hall = Hall(workshop.alice, workshop.carol, {"is_anonymous": True, "persona_voting": voting})
    (poll,) = workshop.alice.snapshot(hall.id)["polls"]
    assert poll["is_sealed"] is is_sealed
