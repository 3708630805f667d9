"""Who writes to a SQLite file, and in which order."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from time import monotonic

import pytest
from django.db import OperationalError, connection, transaction

from config.sqlite.turns import Turns
from rooms.models import Guest
from tests.stack.waiting import wait_until


def test_turns_go_in_the_order_of_coming() -> None:
    turns, order = Turns(), list[int]()

    def write(number: int) -> None:
        assert turns.take(10)
        order.append(number)
        turns.give()

    assert turns.take(0)
    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for number, thread in enumerate(threads):
        thread.start()
        wait_until(lambda waiting=number + 1: len(turns._waiting) == waiting, "its place")  # type: ignore[misc]
    turns.give()
    for thread in threads:
        thread.join(10)
    assert order == list(range(8))


def test_who_gives_up_is_passed_over() -> None:
    turns = Turns()
    assert turns.take(0)
    assert not turns.take(0.01)
    turns.give()
    assert turns.take(0)


@pytest.fixture
def one_writer() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has many writers")


@pytest.fixture
def patience(one_writer: None) -> Iterator[float]:
    """How long a transaction waits here, in seconds."""
    options = connection.settings_dict["OPTIONS"]
    usual, options["timeout"] = options["timeout"], 0.3
    yield 0.3
    options["timeout"] = usual


@pytest.mark.django_db(transaction=True)
def test_a_locked_file_is_waited_for_and_then_refused(patience: float) -> None:
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        asked = monotonic()
        with pytest.raises(OperationalError, match="locked"), transaction.atomic():
            pass
        assert monotonic() - asked >= patience
        other.rollback()
    with transaction.atomic():
        Guest.objects.create(name="Bob")
    assert Guest.objects.filter(name="Bob").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("one_writer")
@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_the_turn_is_given_back_at_the_end(end: str) -> None:
    try:
        with transaction.atomic(), transaction.atomic():
            Guest.objects.create(name="Bob")
            if end == "close":
                connection.close()
            if end != "commit":
                raise ValueError(end)
    except ValueError:
        pass
    refusals: list[Exception] = []

    def write() -> None:
        try:
            with transaction.atomic():
                Guest.objects.create(name="Carol")
        except OperationalError as error:
            refusals.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(10)
    assert refusals == []
    names = set(Guest.objects.values_list("name", flat=True))
    assert names == ({"Bob", "Carol"} if end == "commit" else {"Carol"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("one_writer")
def test_a_statement_alone_waits_for_its_turn_as_well() -> None:
    """Behind the others of its process, and without a transaction that somebody opened for it."""
    guest = Guest.objects.create(name="Bob")
    order: list[str] = []

    def write(name: str) -> None:
        Guest.objects.filter(pk=guest.pk).update(name=name)
        order.append(name)
        connection.close()

    queue = connection._queue  # type: ignore[attr-defined]  # of config.sqlite
    with transaction.atomic():
        thread = threading.Thread(target=write, args=("Carol",))
        thread.start()
        wait_until(lambda: len(queue._waiting) == 1, "its place in the queue")
        order.append("Alice")
    thread.join(10)
    assert order == ["Alice", "Carol"]
    assert Guest.objects.get(pk=guest.pk).name == "Carol"
