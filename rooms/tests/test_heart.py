"""Sockets are looked at together, and none is judged by another's session or seat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries, Settings

from rooms.access import Seat
from rooms.consumers import heart
from rooms.consumers.admission import Admission, admit, look_again
from rooms.models import Participant
from rooms.tests.people import Person, Workshop
from rooms.tests.sockets import end_hub, opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture(autouse=True)
async def _hub() -> AsyncIterator[None]:
    yield
    await end_hub()


def admitted(person: Person, room_id: UUID) -> Admission:
    store = person.client.session
    return admit({"headers": [], "session": store}, room_id)


def account(workshop: Workshop, name: str) -> Person:
    person = Person(name)
    person.client.force_login(get_user_model().objects.create_user(name, password="before"))
    person.session()
    assert person.join(workshop.invite, name=name).status == 200
    return person


def names(seats: list[Seat | None]) -> list[str | None]:
    return [None if seat is None else seat.participant.name for seat in seats]


def test_many_are_looked_at_in_three_statements(
    workshop: Workshop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    erin = account(workshop, "Erin")
    people = [workshop.alice, workshop.bob, erin, workshop.alice]
    admissions = [admitted(person, workshop.uuid) for person in people]
    expected = ["Alice", "Bob", "Erin", "Alice"]
    assert names(look_again(admissions)) == expected
    with django_assert_num_queries(3):
        assert names(look_again(admissions)) == expected


def test_a_look_tells_the_newest_number_and_role(workshop: Workshop) -> None:
    admissions = [admitted(person, workshop.uuid) for person in (workshop.alice, workshop.bob)]
    look_again(admissions)
    workshop.alice.say(workshop.id, "Hello")
    Participant.objects.filter(room=workshop.uuid, name="Bob").update(role="viewer")
    hers, his = look_again(admissions)
    assert hers is not None
    assert his is not None
    assert hers.room.head_seq == his.room.head_seq > admissions[0].seat.room.head_seq
    assert (hers.participant.role, his.participant.role) == ("owner", "viewer")


@pytest.mark.parametrize("is_known", [False, True], ids=["at the first look", "later"])
@pytest.mark.parametrize("ending", ["log out", "password", "inactive", "delete", "leave", "expire"])
def test_whoever_ended_is_let_in_no_more_and_nobody_else_is(
    workshop: Workshop, ending: str, is_known: bool
) -> None:
    erin, frank = account(workshop, "Erin"), account(workshop, "Frank")
    admissions = [admitted(person, workshop.uuid) for person in (erin, frank, workshop.bob)]
    if is_known:
        look_again(admissions)
    user = get_user_model().objects.get(username="Erin")
    store = erin.client.session
    match ending:
        case "log out":
            erin.client.logout()
        case "password":
            user.set_password("after")
            user.save()
        case "inactive":
            user.is_active = False
            user.save()
        case "delete":
            user.delete()
        case "leave":
            Participant.objects.filter(user=user).update(left_at="2026-01-01T00:00Z")
        case "expire":
            store.set_expiry(-1)
            store.save()
    assert names(look_again(admissions)) == [None, "Frank", "Bob"]
    assert names(look_again(admissions)) == [None, "Frank", "Bob"]


def test_a_session_that_was_only_saved_again_goes_on(workshop: Workshop) -> None:
    admission = admitted(workshop.bob, workshop.uuid)
    look_again([admission])
    store: Any = workshop.bob.client.session
    store["theme"] = "dark"
    store.save()
    assert names(look_again([admission])) == ["Bob"]


async def test_without_the_database_nobody_is_closed_and_the_heart_beats_on(
    workshop: Workshop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROOMS_HEARTBEAT_SECONDS = 0.05
    failures = iter([OperationalError(), OperationalError()])

    def look(admissions: list[Admission]) -> list[Seat | None]:
        for failure in failures:
            raise failure
        return look_again(admissions)

    monkeypatch.setattr(heart, "look_again", look)
    async with opened(workshop.alice, workshop.id) as alice, opened(workshop.bob, workshop.id) as bob:
        for socket in (alice, bob):
            await socket.expect("snapshot")
            await socket.expect("heartbeat")
    assert list(failures) == []


async def test_a_client_that_takes_in_nothing_is_closed_though_nothing_happens(
    workshop: Workshop, settings: Settings
) -> None:
    settings.ROOMS_WINDOW_FRAMES = 2
    settings.ROOMS_WINDOW_SECONDS = 0.05
    settings.ROOMS_HEARTBEAT_SECONDS = 0.4
    async with opened(workshop.bob, workshop.id) as bob:
        assert await bob.closed() == 4008
        assert [frame["type"] for frame in bob.frames] == ["hello", "snapshot"]
