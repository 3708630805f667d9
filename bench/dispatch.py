"""Dispatch and guard of one message with 10 personas: what it costs in the database.

    python -m bench.dispatch --rounds 300 --database postgresql --json FILE

A room with ten personas. In turns a message that calls nobody, one that calls one persona, one
with a task for each of three, and one to everybody is said and decided on: read, held against
the room, its wakes recorded within the chain's budget, the decision kept, the events numbered.
Measured is the whole pass by the clock, and of it the time in the database, its commit included. The
floor, in the same run and in turns with them, is a transaction that inserts one row. No server runs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.measures import Load, carry_out, parser, summary, table, verdict
from bench.stacks import fresh_stack

PERSONAS = 10
TARGET_MS = 15.0
WARM_UP = 20
TEXTS = {
    "nobody": "So we ship it on Friday, and nobody minds.",
    "one": "@Persona 3, what could go wrong if we ship it on Friday?",
    "three tasks": "@Persona 1 refine this, @Persona 2 code it, then hand over to @Persona 3",
    "everybody": "What do you think of it, @all?",
}


def make_room() -> Any:
    """The seat of a room's owner, with ten personas beside."""
    from rooms.access import Seat
    from rooms.models import Guest, Participant, Room

    room = Room.objects.create(name="Ten personas")
    guest = Guest.objects.create(name="Alice")
    alice = Participant.objects.create(
        room=room, name="Alice", name_key="alice", kind="human", role="owner", guest=guest
    )
    for number in range(PERSONAS):
        name = f"Persona {number}"
        Participant.objects.create(room=room, name=name, name_key=name.lower(), kind="persona")
    return Seat(room, alice)


@contextmanager
def in_database() -> Iterator[dict[str, float]]:
    """What is done inside: how many `statements`, and the milliseconds of them and of commits."""
    from django.db import connection

    spent = {"ms": 0.0, "statements": 0.0}

    def timed(work: Callable[..., Any], *args: Any) -> Any:
        began = time.perf_counter()
        try:
            return work(*args)
        finally:
            spent["ms"] += 1000 * (time.perf_counter() - began)

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        spent["statements"] += 1
        return timed(execute, sql, parameters, many, context)

    commit = connection._commit
    connection._commit = lambda: timed(commit)
    try:
        with connection.execute_wrapper(note):
            yield spent
    finally:
        connection._commit = commit


def insert_one(room: Any) -> None:
    """The floor: a transaction with one row."""
    from django.db import transaction

    from llm.models import Chain

    with transaction.atomic():
        Chain.objects.create(room=room)


def measure(seat: Any, rounds: int) -> dict[str, dict[str, list[float]]]:
    from llm import dispatch, queue
    from rooms.actions.messages import post_message

    # Telling a worker is not the database's, and there is none.
    queue._send = lambda turn_id: None
    taken: dict[str, dict[str, list[float]]] = {
        name: {"whole": [], "in the database": [], "statements": []} for name in ("floor", *TEXTS)
    }
    for number in range(rounds + WARM_UP):
        for name in taken:
            if name != "floor":
                post_message(by=seat, text=TEXTS[name], reply_to_id=None, command_id=None)
            began = time.perf_counter()
            with in_database() as spent:
                if name == "floor":
                    insert_one(seat.room)
                else:
                    dispatch.dispatch_room(seat.room.pk)
            if number >= WARM_UP:
                taken[name]["whole"].append(1000 * (time.perf_counter() - began))
                taken[name]["in the database"].append(spent["ms"])
                taken[name]["statements"].append(spent["statements"])
    return taken


def fill_and_measure(rounds: int) -> dict[str, Any]:
    import django

    django.setup()
    from rooms import signals

    # What other work follows on an event is not part of it.
    signals.events_committed.receivers = []
    taken = measure(make_room(), rounds)
    return {
        "ms": {f"{name}, {what}": summary(values[what]) for name, values in taken.items() for what in values}
    }


def run(options: Any) -> dict[str, Any]:
    with fresh_stack(options.database, webs=0, workers=0, has_provider=False) as stack:
        os.environ.clear()
        os.environ.update(stack.environment)
        load = Load()
        result = fill_and_measure(options.rounds)
        cores = load.cores()
        from django.db import connections

        connections.close_all()
        if hasattr(connections["default"], "close_pool"):
            connections["default"].close_pool()
    return {"bench": "dispatch", "database": options.database, "cores_busy": cores, **result}


def report(result: dict[str, Any]) -> None:
    ms = result["ms"]
    print(f"Dispatch and guard of one message, {PERSONAS} personas ({result['database']}), ms")
    rows = [(name, s["count"], s["p50"], s["p90"], s["p99"], s["max"]) for name, s in ms.items()]
    print(table(("", "n", "p50", "p90", "p99", "max"), rows))
    print(f"\nCores busy meanwhile, by anything on this machine: {result['cores_busy']:.2f}")
    floor = ms["floor, in the database"]["p50"]
    for name in TEXTS:
        print(f"{name}: {ms[f'{name}, in the database']['p50'] / floor:.1f} times the floor")
    print(verdict("everybody, in the database, p50", ms["everybody, in the database"]["p50"], TARGET_MS))


def main() -> None:
    carry_out(parser(__doc__, rounds=200, seconds=0), run, report)


if __name__ == "__main__":
    main()
