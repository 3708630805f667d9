"""A page of 50 out of a million messages: what its depth costs in the database.

    python -m bench.pages --messages 1000000 --database postgresql --json FILE

One room of a million messages, every tenth a persona's reply with its turn. Measured, at depths
chosen at random: the statements of a page as the server asks them, each executed and fetched
on the bare cursor, all pages three times over, of which the least is held against the target
(by the clock, waiting for a core counts as well); and the whole page, to JSON. The floor is
the newest page of a room that has just one. No server runs: nothing else is in the numbers.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any

from bench.measures import Load, carry_out, parser, summary, table, verdict
from bench.stacks import fresh_stack

PAGE = 50
REPLY_EVERY = 10
TARGET_MS = 5.0
WARM_UP = 50
ASKED = 3
BATCH = 5_000
TEXT = "Somebody proposed to read **the second point** again, and `nobody` minded. "

Statement = tuple[str, Any]


def make_room(count: int) -> Any:
    """The owner's seat in a new room of so many messages."""
    from django.utils import timezone

    from llm.models import Chain, Turn
    from rooms.access import Seat
    from rooms.models import Guest, Message, Participant, Room

    room = Room.objects.create(name=f"{count} messages")
    guest = Guest.objects.create(name="Alice")
    human = {"kind": "human", "role": "owner", "guest": guest}
    alice = Participant.objects.create(room=room, name="Alice", name_key="alice", **human)
    ada = Participant.objects.create(room=room, name="Ada", name_key="ada", kind="persona", role="member")
    began = timezone.now() - timedelta(seconds=count)

    def rows() -> Iterator[tuple[Message, Turn | None]]:
        said = None
        for seq in range(1, count + 1):
            at = began + timedelta(seconds=seq)
            by = ada if seq % REPLY_EVERY == 0 else alice
            message = Message(room=room, participant=by, seq=seq, text=TEXT * (1 + seq % 4), created_at=at)
            turn = None
            if by is ada:
                turn = Turn(
                    room=room,
                    participant=ada,
                    chain=Chain(room=room),
                    trigger_message=said,
                    cause=Turn.Cause.MENTION,
                    state=Turn.State.DONE,
                    model="demo/engineer",
                    message_id=message.pk,
                    created_at=at,
                )
                message.turn_id = turn.pk
            said = message
            yield message, turn

    left = rows()
    while batch := list(islice(left, BATCH)):
        turns = [turn for _, turn in batch if turn is not None]
        Message.objects.bulk_create(message for message, _ in batch)
        Chain.objects.bulk_create(turn.chain for turn in turns)
        Turn.objects.bulk_create(turns)
    Room.objects.filter(pk=room.pk).update(head_seq=count)
    room.refresh_from_db()
    return Seat(room, alice)


@contextmanager
def noted() -> Iterator[list[Statement]]:
    """The statements that are asked inside."""
    from django.db import connection

    statements: list[Statement] = []

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        statements.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        yield statements


def ask(statements: list[Statement]) -> float:
    """Milliseconds in the database, the rows' way out of it included."""
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor:
        for sql, parameters in statements:
            cursor.execute(sql, parameters)
            cursor.fetchall()
    return 1000 * (time.perf_counter() - began)


def measure(seat: Any, befores: list[int]) -> dict[str, list[float]]:
    """First all pages whole, then their statements alone, in another order."""
    from rooms import snapshots

    whole, pages = [], []
    for before in befores:
        with noted() as statements:
            began = time.perf_counter()
            page = snapshots.older_messages(seat, before=before, limit=PAGE)
            page.model_dump_json()
            whole.append(1000 * (time.perf_counter() - began))
        assert len(page.messages) == min(PAGE, before - 1)
        pages.append(statements)
    pages = pages[WARM_UP:]
    random.shuffle(pages)
    first, *again = [[ask(page) for page in pages] for _ in range(ASKED)]
    least = [min(times) for times in zip(first, *again, strict=True)]
    return {"in the database": first, f"the least of {ASKED}": least, "whole": whole[WARM_UP:]}


def fill_and_measure(messages: int, rounds: int) -> dict[str, Any]:
    import django

    django.setup()
    from django.db import connection

    began = time.monotonic()
    deep, flat = make_room(messages), make_room(PAGE)
    filled = time.monotonic() - began
    if connection.vendor == "postgresql":  # as its autovacuum does in time
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    count = WARM_UP + rounds
    taken = {
        "deep": measure(deep, [random.randint(PAGE + 1, messages + 1) for _ in range(count)]),
        "floor": measure(flat, [PAGE + 1] * count),
    }
    ms = {f"{where}, {what}": summary(v) for where, of in taken.items() for what, v in of.items()}
    return {"filled_in_seconds": filled, "ms": ms}


def run(options: Any) -> dict[str, Any]:
    with fresh_stack(options.database, webs=0, workers=0, has_provider=False) as stack:
        os.environ.clear()
        os.environ.update(stack.environment)
        load = Load()
        result = fill_and_measure(options.messages, options.rounds)
        cores = load.cores()
        from django.db import connections

        connections.close_all()
        if hasattr(connections["default"], "close_pool"):
            connections["default"].close_pool()
    named = {"bench": "pages", "database": options.database, "messages": options.messages}
    return {**named, "cores_busy": cores, **result}


def report(result: dict[str, Any]) -> None:
    ms = result["ms"]
    print(f"A page of {PAGE} out of {result['messages']:,} messages ({result['database']}), ms")
    rows = [(name, s["count"], s["p50"], s["p90"], s["p99"], s["max"]) for name, s in ms.items()]
    print(table(("", "n", "p50", "p90", "p99", "max"), rows))
    print(f"\nCores busy meanwhile, by anything on this machine: {result['cores_busy']:.2f}")
    deep, floor = ms[f"deep, the least of {ASKED}"], ms[f"floor, the least of {ASKED}"]
    print(f"p50 to the floor: {deep['p50'] / floor['p50']:.2f} times")
    print(verdict("page in the database, p99", deep["p99"], TARGET_MS))


def main() -> None:
    options = parser(__doc__, rounds=1_000, seconds=0)
    options.add_argument("--messages", type=int, default=1_000_000)
    carry_out(options, run, report)


if __name__ == "__main__":
    main()
