"""What it takes to put a persona's prompt together: a room of 2,000 messages.

    python -m bench.context --messages 2000 --rounds 200 --database sqlite --json FILE

Measured: `request_for` a turn, from the database to the messages, with the default budget and with
one that all of the room fits into, and the statements of one. The floor is to read the texts that
the prompt shows, in one statement. No server runs: nothing else is in the numbers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench.measures import Load, carry_out, parser, summary, table, verdict
from bench.stacks import fresh_stack

TARGET_MS = 25.0
WARM_UP = 20
TEXT = "Somebody proposed to read **the second point** again, and `nobody` minded < much. "
WIDE = "openai/wide"


def make_turn(count: int) -> Any:
    """A turn in a room of so many messages, of three people and three personas."""
    from django.utils import timezone

    from llm.models import ModelCard, Turn
    from rooms.models import Guest, Message, Participant, Room

    room = Room.objects.create(name=f"{count} messages", description="We read it again. " * 20)
    seats = []
    for name in ("Alice", "Bob", "Dan", "Ada", "Bo", "Cy"):
        is_persona = len(seats) > 2
        seats.append(
            Participant.objects.create(
                room=room,
                name=name,
                name_key=name.lower(),
                kind="persona" if is_persona else "human",
                guest=None if is_persona else Guest.objects.create(name=name),
                prompt="You are careful. " * 40 if is_persona else "",
                model="openai/one" if is_persona else "",
            )
        )
    began = timezone.now() - timedelta(seconds=3 * count)
    rows = [
        Message(
            room=room,
            participant=seats[number % 6],
            seq=3 * number,
            text=f"{number}: {TEXT * (1 + number % 4)}",
            created_at=began + timedelta(seconds=3 * number),
            finished_at=began + timedelta(seconds=3 * number),
        )
        for number in range(1, count + 1)
    ]
    Message.objects.bulk_create(rows, batch_size=1_000)
    ModelCard.objects.create(
        name=WIDE, label="wide", provider="openai", context_tokens=1_000_000, seen_at=timezone.now()
    )
    return Turn(room=room, participant=seats[3], trigger_message=rows[-1], model="openai/one")


def timed(work: Callable[[], Any], rounds: int) -> list[float]:
    taken = []
    for _ in range(WARM_UP + rounds):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return taken[WARM_UP:]


def measure(messages: int, rounds: int) -> dict[str, Any]:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from llm.models import Turn
    from llm.requests import request_for
    from rooms.models import Message

    made = make_turn(messages)

    def fresh() -> Turn:
        # As a worker has it, with nothing cached on its rows.
        made.room.refresh_from_db()
        return Turn(
            room=made.room,
            participant=made.participant,
            trigger_message=made.trigger_message,
            model=made.model,
        )

    ms: dict[str, Any] = {}
    counted: dict[str, int] = {}
    for name, model, wanted in (("default budget", "openai/one", 12_000), ("all of it", WIDE, 900_000)):
        made.model, settings.LLM_MEMORY_TOKENS = model, wanted
        made.participant.model = model
        with CaptureQueriesContext(
            connection,
        ) as asked:
            shown = request_for(fresh()).rendered
        assert shown is not None
        counted[name] = len(asked)
        newest = Message.objects.filter(room=made.room, seq__gte=min(shown.verbatim)).order_by("seq")
        ms[f"{name}: prompt"] = summary(timed(lambda: request_for(fresh()), rounds))
        ms[f"{name}: floor"] = summary(
            timed(lambda rows=newest: list(rows.values_list("text", flat=True)), rounds)
        )
        ms[f"{name}: prompt"]["messages"] = len(shown.verbatim)
    return {"ms": ms, "statements": counted}


def run(options: Any) -> dict[str, Any]:
    with fresh_stack(options.database, webs=0, workers=0, has_provider=False) as stack:
        os.environ.clear()
        os.environ.update(stack.environment)
        load = Load()
        result = measure(options.messages, options.rounds)
        cores = load.cores()
        from django.db import connections

        connections.close_all()
        if hasattr(connections["default"], "close_pool"):
            connections["default"].close_pool()
    return {
        "bench": "context",
        "database": options.database,
        "messages": options.messages,
        "cores_busy": cores,
        **result,
    }


def report(result: dict[str, Any]) -> None:
    ms = result["ms"]
    print(f"A prompt in a room of {result['messages']:,} messages ({result['database']}), ms")
    rows = [(name, s["count"], s["p50"], s["p90"], s["p99"], s["max"]) for name, s in ms.items()]
    print(table(("", "n", "p50", "p90", "p99", "max"), rows))
    print(f"\nCores busy meanwhile, by anything on this machine: {result['cores_busy']:.2f}")
    for name, statements in result["statements"].items():
        prompt, floor = ms[f"{name}: prompt"], ms[f"{name}: floor"]
        print(
            f"{name}: {prompt['messages']} messages word for word, {statements} statements,"
            f" p50 to the floor {prompt['p50'] / floor['p50']:.1f} times"
        )
    print(verdict("default budget, p50", ms["default budget: prompt"]["p50"], TARGET_MS))
    print(verdict("all of it, p50", ms["all of it: prompt"]["p50"], TARGET_MS))


def main() -> None:
    options = parser(__doc__, rounds=200, seconds=0)
    options.add_argument("--messages", type=int, default=2_000)
    carry_out(options, run, report)


if __name__ == "__main__":
    main()
