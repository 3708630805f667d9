"""To a stranger a room that exists looks exactly like one that does not."""

from __future__ import annotations

from uuid import uuid4

import pytest

from rooms.extensions import all_commands
from rooms.tests.people import Answer, Json, Person, Workshop

# What a member's command may carry. A new command has to be added here.
DATA: dict[str, Json] = {
    "message.post": {"text": "Hi"},
    "room.rename": {"name": "Mine"},
    "room.change": {"description": "Mine"},
    "room.archive": {},
    "room.restore": {},
    "room.renew_invite": {},
    "participant.rename": {"name": "Eve", "title": ""},
    "participant.leave": {},
    "participant.remove": {"participant_id": str(uuid4())},
    "participant.set_role": {"participant_id": str(uuid4()), "role": "member"},
    "persona.add": {"name": "Eve"},
    "persona.edit": {"participant_id": str(uuid4()), "prompt": "Spy."},
    "poll.create": {"question": "Which?", "options": ["This", "That"]},
    "poll.vote": {"poll_id": str(uuid4()), "choices": [0]},
    "poll.retract": {"poll_id": str(uuid4())},
    "poll.close": {"poll_id": str(uuid4())},
    "persona.mute": {"participant_id": str(uuid4())},
    "turn.speak": {"participant_id": str(uuid4())},
    "turn.stop": {"turn_id": str(uuid4())},
    "turn.stop_all": {},
    "turn.retry": {"turn_id": str(uuid4())},
    "turn.continue": {"turn_id": str(uuid4())},
    "chain.grant": {"turn_id": str(uuid4())},
    "room.set_limits": {"chain_turns": 5},
    "memory.add_line": {"text": "We ship on Friday."},
    "memory.edit_line": {"line_id": str(uuid4()), "text": "We ship on Monday."},
    "memory.remove_line": {"line_id": str(uuid4())},
    "run.start": {"mode": "relay", "goal": "A plan."},
    "run.pause": {"run_id": str(uuid4())},
    "run.resume": {"run_id": str(uuid4())},
    "run.skip": {"run_id": str(uuid4())},
    "run.answer": {"run_id": str(uuid4()), "text": "Mine."},
    "run.stop": {"run_id": str(uuid4())},
    "run.edit_outcome": {"run_id": str(uuid4()), "decision": "Mine."},
    "run.pin_outcome": {"run_id": str(uuid4()), "is_pinned": True},
    "hand.grant": {"hand_id": str(uuid4())},
    "hand.lower": {"hand_id": str(uuid4())},
}
READS = [
    "",
    "messages/",
    "events/?after=0",
    "messages/{message}/",
    "messages/{message}/wakes/",
    "participants/",
    "polls/",
    "turns/",
    "usage/",
    "memory/",
    "runs/",
    "hands/",
    "search/?q=secret",
]
WRITES = [
    ("PATCH", "", {"name": "Mine"}),
    ("POST", "archive/", {}),
    ("POST", "restore/", {}),
    ("POST", "leave/", {}),
    ("POST", "messages/", {"text": "Hi"}),
    ("PATCH", "participants/{participant}/", {"name": "Eve"}),
    ("PATCH", "participants/{participant}/", {"role": "owner"}),
    ("DELETE", "participants/{participant}/", {}),
    ("POST", "polls/", {"question": "Which?", "options": ["This", "That"]}),
    ("POST", "polls/{participant}/vote/", {"choices": [0]}),
    ("POST", "polls/{participant}/retract/", {}),
    ("POST", "polls/{participant}/close/", {}),
    ("POST", "turns/speak/", {"participant_id": str(uuid4())}),
    ("POST", "turns/stop-all/", {}),
    ("POST", "turns/{participant}/stop/", {}),
    ("POST", "turns/{participant}/retry/", {}),
]


def strangers(workshop: Workshop) -> list[Person]:
    nobody = Person("Nobody")
    nobody.session()
    return [workshop.carol, nobody]


def test_every_command_is_tried() -> None:
    assert set(DATA) == {command.type for command in all_commands()}


@pytest.mark.parametrize("path", READS)
def test_reading(workshop: Workshop, path: str) -> None:
    path = path.format(message=workshop.bob.say(workshop.id, "Secret"))
    for person in (workshop.alice, workshop.bob):
        assert person.get(f"/api/rooms/{workshop.id}/{path}").status == 200
    for stranger in strangers(workshop):
        real = stranger.get(f"/api/rooms/{workshop.id}/{path}")
        assert real.status == 404
        assert real.code == "not_found"
        assert real == stranger.get(f"/api/rooms/{uuid4()}/{path}")


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_writing(workshop: Workshop, method: str, path: str, body: Json) -> None:
    before = workshop.alice.snapshot(workshop.id)
    path = path.format(participant=before["you"]["participant_id"])
    for stranger in strangers(workshop):
        real = stranger.send(method, f"/api/rooms/{workshop.id}/{path}", body)
        assert (real.status, real.code) == (404, "not_found")
        assert real == stranger.send(method, f"/api/rooms/{uuid4()}/{path}", body)
    assert workshop.alice.snapshot(workshop.id) == before


@pytest.mark.parametrize("kind", DATA)
def test_commands(workshop: Workshop, kind: str) -> None:
    before = workshop.alice.snapshot(workshop.id)
    for stranger in strangers(workshop):
        real: Answer = stranger.command(workshop.id, kind, **DATA[kind])
        assert (real.status, real.code) == (404, "not_found")
        assert real == stranger.command(str(uuid4()), kind, **DATA[kind])
        malformed = stranger.command(workshop.id, kind, nonsense=1)
        assert malformed == stranger.command(str(uuid4()), kind, nonsense=1)
    assert workshop.alice.snapshot(workshop.id) == before


def test_joining_a_room_that_is_not_public(workshop: Workshop) -> None:
    for stranger in strangers(workshop):
        body = {"command_id": str(uuid4()), "name": "Eve"}
        real = stranger.post(f"/api/rooms/{workshop.id}/join/", body)
        assert real.code == "not_found"
        assert real == stranger.post(f"/api/rooms/{uuid4()}/join/", body)
    assert strangers(workshop)[1].session()["kind"] == "anonymous"


@pytest.mark.parametrize("room_id", ["7", "not-a-uuid", "%00", "../rooms"])
def test_a_path_that_names_no_room(workshop: Workshop, room_id: str) -> None:
    assert workshop.alice.client.get(f"/api/rooms/{room_id}/").status_code == 404
