"""Nobody writes without end, and nobody is told to wait for no reason."""

from __future__ import annotations

import logging
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import redis
from pytest_django import Settings

from rooms import limits, redis_clients
from rooms.errors import ParleyError
from rooms.tests.people import Person, Workshop


@pytest.fixture(autouse=True)
def _patient(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis may be slow: after half a second everybody may."""
    client = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True, socket_timeout=20)
    monkeypatch.setattr(redis_clients, "impatient", lambda: client)


def clock() -> float:
    """Redis's, in seconds."""
    seconds, microseconds = redis_clients.impatient().time()
    return seconds + microseconds / 1_000_000


def taken(who: str) -> bool:
    try:
        limits.spend("writes", who)
    except ParleyError:
        return False
    return True


@pytest.mark.usefixtures("redis_server")
def test_as_many_as_allowed_pass_at_once_and_not_one_more(settings: Settings) -> None:
    settings.ROOMS_WRITES_PER_MINUTE = 10.0
    who = str(uuid4())
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(taken, [who] * 40)) == 10
    assert taken(str(uuid4())), "somebody else's bucket is their own"


@pytest.mark.usefixtures("redis_server")
def test_a_bucket_refills_evenly(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROOMS_WRITES_PER_MINUTE = 10.0
    who = str(uuid4())
    began = clock()
    assert [taken(who) for _ in range(11)] == [True] * 10 + [False]
    with pytest.raises(ParleyError) as refusal:
        limits.spend("writes", who)
    # A tenth of a minute, less the moment that it took.
    assert math.ceil(6 - (clock() - began)) <= refusal.value.detail["retry_after"] <= 6
    key = f"parley:limit:writes:{who}"
    client = redis_clients.impatient()
    client.set(key, str(float(str(client.get(key))) - 12_000))  # as if 12 seconds had gone by
    assert [taken(who) for _ in range(3)] == [True, True, False]


@pytest.mark.usefixtures("redis_server")
def test_a_person_who_writes_too_much_is_told_when_to_go_on(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_WRITES_PER_MINUTE = 2.0
    path = f"/api/rooms/{workshop.id}/messages/"
    key = f"parley:limit:writes:{workshop.bob.viewer.key}"
    redis_clients.impatient().delete(key)  # he joined, which counts
    *answers, refused = [workshop.bob.post(path, {"text": "Hi"}) for _ in range(3)]
    assert [answer.status for answer in answers] == [201, 201]
    assert (refused.status, refused.code) == (429, "rate_limited")
    assert refused.body["detail"].startswith("That was too much at once. Try again in ")
    response = workshop.bob.client.post(
        path, {"text": "Hi"}, content_type="application/json", headers={"X-CSRFToken": workshop.bob.token}
    )
    assert 0 < int(response.headers["Retry-After"]) <= 30
    assert workshop.bob.get(path).status == 200, "reading goes on"


@pytest.mark.usefixtures("redis_server")
def test_an_address_brings_so_many_guests(workshop: Workshop, settings: Settings) -> None:
    settings.ROOMS_ARRIVALS_PER_MINUTE = 2.0
    address = "203.0.113.7"

    def arrive(name: str, path: str, address: str) -> int:
        person = Person(name)
        person.client.defaults["REMOTE_ADDR"] = address
        person.session()
        return person.post(path, {"name": name}).status

    redis_clients.impatient().delete(f"parley:limit:arrivals:{address}")
    invite = f"/api/invites/{workshop.invite}/join/"
    came = [("/api/guest/", "Dave"), (invite, "Erin"), ("/api/guest/", "Frank"), (invite, "Grace")]
    assert [arrive(name, path, address) for path, name in came] == [200, 200, 429, 429]
    redis_clients.impatient().delete("parley:limit:arrivals:203.0.113.8")
    assert arrive("Heidi", "/api/guest/", "203.0.113.8") == 200


def test_without_redis_everybody_may_and_it_is_logged(
    workshop: Workshop, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ROOMS_WRITES_PER_MINUTE = 1.0
    nowhere = redis.Redis.from_url("unix:///nowhere/valkey.sock")
    monkeypatch.setattr(limits, "_PAUSE_SECONDS", 3_600.0)  # however slow the machine is
    asked: list[str] = []

    def impatient() -> redis.Redis:
        asked.append("asked")
        return nowhere

    monkeypatch.setattr(redis_clients, "impatient", impatient)
    with caplog.at_level(logging.WARNING, "rooms.limits"):
        for _ in range(3):
            workshop.bob.say(workshop.id, "Hi")
    [warning] = caplog.messages
    assert warning.startswith("Requests are not limited for now: ConnectionError")
    assert asked == ["asked"], "and it is not waited for each time"


@pytest.mark.parametrize(
    ("proxies", "meta", "address"),
    [
        (0, {"REMOTE_ADDR": "203.0.113.7", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "203.0.113.7"),
        (1, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "198.51.100.1"),
        (1, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 198.51.100.1"}, "198.51.100.1"),
        (2, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6,1.1.1.1, 10.0.0.2"}, "1.1.1.1"),
        (2, {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}, "10.0.0.1"),
        (1, {"REMOTE_ADDR": "10.0.0.1"}, "10.0.0.1"),
        (0, {"REMOTE_ADDR": "2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::"),
        (0, {"REMOTE_ADDR": None}, "unknown"),
        (1, {"HTTP_X_FORWARDED_FOR": "x\r\ny"}, "unknown"),
    ],
)
def test_the_address_is_the_one_that_the_proxy_saw(
    settings: Settings, proxies: int, meta: dict[str, Any], address: str
) -> None:
    settings.PROXIES = proxies
    assert limits.address_of(meta) == address
