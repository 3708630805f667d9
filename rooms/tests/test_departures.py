"""Leaving a room, being removed from it, and roles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pytest_django import Settings

from personas.models import Persona
from rooms import broadcast
from rooms.actions.personas import seat_personas
from rooms.database import in_database
from rooms.models import Participant, Room
from rooms.tests.people import Answer, Json, Person, Workshop
from rooms.tests.sockets import end_hub, opened


def id_of(workshop: Workshop, name: str) -> str:
    return str(Participant.objects.get(room=workshop.uuid, name=name).pk)


def present(workshop: Workshop) -> list[str]:
    seats = Participant.objects.filter(room=workshop.uuid, left_at=None)
    return list(seats.values_list("name", flat=True))


def give(workshop: Workshop, name: str, role: str) -> Answer:
    return workshop.alice.command(
        workshop.id, "participant.set_role", participant_id=id_of(workshop, name), role=role
    )


def remove(by: Person, workshop: Workshop, name: str, *, ban: bool = False) -> Answer:
    return by.command(workshop.id, "participant.remove", participant_id=id_of(workshop, name), ban=ban)


def last_event(workshop: Workshop) -> Json:
    return workshop.alice.events(workshop.id)[-1]


def test_who_leaves_is_a_stranger_whose_words_stay(workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "Bye")
    assert workshop.carol.command(workshop.id, "participant.leave").code == "not_found"
    assert workshop.bob.command(workshop.id, "participant.leave") == Answer(200, {})
    event = last_event(workshop)
    assert event["type"] == "participant.changed"
    assert event["data"]["participant"]["name"] == "Bob"
    assert event["data"]["participant"]["left_at"] is not None
    assert workshop.bob.get(f"/api/rooms/{workshop.id}/").code == "not_found"
    assert workshop.bob.command(workshop.id, "participant.leave").code == "not_found"
    assert [m["text"] for m in workshop.alice.snapshot(workshop.id)["messages"]] == ["Bye"]


def test_leaving_and_joining_again_changes_no_role(workshop: Workshop) -> None:
    assert give(workshop, "Bob", "viewer").status == 200
    assert workshop.bob.command(workshop.id, "participant.leave").status == 200
    assert workshop.bob.join(workshop.invite).status == 200
    assert workshop.bob.snapshot(workshop.id)["you"]["role"] == "viewer"


def test_the_only_owner_leaves_last(workshop: Workshop) -> None:
    refused = workshop.alice.command(workshop.id, "participant.leave")
    assert (refused.status, refused.code) == (409, "last_owner")
    assert present(workshop) == ["Alice", "Bob"]
    assert give(workshop, "Alice", "member").code == "last_owner"
    assert give(workshop, "Bob", "owner").status == 200
    assert workshop.alice.command(workshop.id, "participant.leave").status == 200
    assert present(workshop) == ["Bob"]


def test_an_owner_alone_with_personas_may_leave(workshop: Workshop, ada: Persona) -> None:
    seat_personas(room=Room.objects.get(pk=workshop.uuid), personas=[ada])
    assert workshop.alice.command(workshop.id, "participant.leave").code == "last_owner"
    assert workshop.bob.command(workshop.id, "participant.leave").status == 200
    assert workshop.alice.command(workshop.id, "participant.leave").status == 200
    assert present(workshop) == ["Ada"]


@pytest.mark.parametrize(
    ("mine", "theirs", "is_allowed"),
    [
        ("owner", "owner", True),
        ("owner", "member", True),
        ("moderator", "owner", False),
        ("moderator", "moderator", False),
        ("moderator", "member", True),
        ("moderator", "viewer", True),
        ("member", "viewer", False),
        ("viewer", "member", False),
    ],
)
def test_who_removes_whom(workshop: Workshop, mine: str, theirs: str, is_allowed: bool) -> None:
    assert workshop.carol.join(workshop.invite).status == 200
    assert (give(workshop, "Bob", mine).status, give(workshop, "Carol", theirs).status) == (200, 200)
    answer = remove(workshop.bob, workshop, "Carol")
    assert answer.status == 200 if is_allowed else answer.code == "not_allowed"
    assert ("Carol" in present(workshop)) is not is_allowed


def test_nobody_removes_themselves_or_somebody_of_another_room(workshop: Workshop) -> None:
    assert remove(workshop.alice, workshop, "Alice").code == "invalid"
    other = str(workshop.carol.create_room("Other").body["room_id"])
    foreign = str(Participant.objects.get(room_id=other).pk)
    answer = workshop.alice.command(workshop.id, "participant.remove", participant_id=foreign)
    assert answer.code == "not_found"
    answer = workshop.alice.command(
        workshop.id, "participant.set_role", participant_id=foreign, role="viewer"
    )
    assert answer.code == "not_found"
    assert present(workshop) == ["Alice", "Bob"]


def test_a_removed_moderator_may_come_back_as_a_member(workshop: Workshop) -> None:
    assert give(workshop, "Bob", "moderator").status == 200
    assert remove(workshop.alice, workshop, "Bob").status == 200
    assert workshop.bob.join(workshop.invite).status == 200
    assert workshop.bob.snapshot(workshop.id)["you"]["role"] == "member"


def test_the_banned_stay_out_until_the_ban_is_lifted(workshop: Workshop) -> None:
    assert remove(workshop.alice, workshop, "Bob", ban=True).status == 200
    assert workshop.bob.join(workshop.invite).code == "not_allowed"
    assert workshop.carol.join(workshop.invite).status == 200
    assert remove(workshop.alice, workshop, "Bob").status == 200
    assert workshop.bob.join(workshop.invite).status == 200


def test_a_persona_is_removed_and_has_no_role(workshop: Workshop, ada: Persona) -> None:
    seat_personas(room=Room.objects.get(pk=workshop.uuid), personas=[ada])
    assert give(workshop, "Ada", "owner").code == "invalid"
    assert remove(workshop.bob, workshop, "Ada").code == "not_allowed"
    assert remove(workshop.alice, workshop, "Ada").status == 200
    assert present(workshop) == ["Alice", "Bob"]


def test_an_owner_gives_roles_and_nobody_else(workshop: Workshop) -> None:
    assert give(workshop, "Bob", "moderator").status == 200
    assert last_event(workshop)["data"]["participant"]["role"] == "moderator"
    assert workshop.bob.snapshot(workshop.id)["you"]["role"] == "moderator"
    for person, code in ((workshop.bob, "not_allowed"), (workshop.carol, "not_found")):
        answer = person.command(
            workshop.id, "participant.set_role", participant_id=id_of(workshop, "Bob"), role="owner"
        )
        assert answer.code == code
    assert (
        workshop.alice.command(
            workshop.id, "participant.set_role", participant_id=id_of(workshop, "Bob"), role="king"
        ).code
        == "invalid"
    )


class TestSockets:
    pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

    @pytest.fixture(autouse=True)
    async def _hub(self) -> AsyncIterator[None]:
        yield
        await end_hub()

    async def test_all_sockets_of_the_removed_close_at_once_and_hear_no_more(
        self, workshop: Workshop, settings: Settings
    ) -> None:
        settings.ROOMS_HEARTBEAT_SECONDS = 3600.0  # it would notice as well
        async with (
            opened(workshop.alice, workshop.id) as hers,
            opened(workshop.bob, workshop.id) as one,
            opened(workshop.bob, workshop.id) as two,
        ):
            for socket in (hers, one, two):
                await socket.expect("snapshot")
            assert (await in_database(remove, workshop.alice, workshop, "Bob")).status == 200
            await in_database(workshop.alice.say, workshop.id, "Among ourselves")
            for socket in (one, two):
                assert await socket.closed() == 4001
                assert not {f["type"] for f in socket.frames} & {"message.posted", "heartbeat"}
            # That Bob joined may be told late, as all events may.
            while (await hers.expect("participant.changed"))["data"]["participant"]["left_at"] is None:
                pass
            assert (await hers.expect("message.posted"))["data"]["message"]["text"] == "Among ourselves"

    async def test_leaving_closes_ones_own_sockets_and_no_others(self, workshop: Workshop) -> None:
        async with opened(workshop.alice, workshop.id) as hers, opened(workshop.bob, workshop.id) as his:
            await hers.expect("snapshot")
            await his.expect("snapshot")
            await in_database(workshop.bob.command, workshop.id, "participant.leave")
            assert await his.closed() == 4001
            assert (await hers.command("message.post", text="Alone"))["type"] == "command.ok"

    async def test_a_departure_told_late_closes_no_socket_that_opened_after_the_return(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The broadcast waits in a queue while Bob is back already."""
        send, held = broadcast.send, list[tuple[Any, ...]]()
        async with opened(workshop.bob, workshop.id) as before:
            await before.expect("snapshot")
            monkeypatch.setattr(broadcast, "send", lambda *told: held.append(told))
            await in_database(workshop.bob.command, workshop.id, "participant.leave")
            assert (await in_database(workshop.bob.join, workshop.invite)).status == 200
            async with opened(workshop.bob, workshop.id) as after:
                await after.expect("snapshot")
                monkeypatch.setattr(broadcast, "send", send)
                for told in held:
                    send(*told)
                assert await before.closed() == 4001
                assert (await after.command("message.post", text="Back"))["type"] == "command.ok"
                assert (await after.expect("message.posted"))["data"]["message"]["text"] == "Back"
