"""Coming into a room of 20,000 messages, beside an empty one: does its past cost anything?

    python -m bench.joining --rounds 40 --json FILE

Measured in turns for three rooms (empty, one page long, 20,000 messages long): the snapshot
over REST, and from opening the socket to its snapshot. The floor is the empty room, which
does all of the same but read messages; the room of one page shows what is the page's own
cost. Beside it: a page of 50 messages from the depth of the long room.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench.measures import Load, carry_out, parser, summary, table, verdict
from bench.stacks import fresh_stack
from tests.stack.client import Person
from tests.stack.stack import Stack

LONG = 20_000
PAGE = 50
TARGET_RATIO = 2.0
WARM_UP = 5
ROOMS = {"empty": 0, "a page": PAGE, "long": LONG}

# As actions would have written it, without their 20,000 transactions.
_FILL = """
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from llm.models import DispatchCursor
from rooms.models import Event, Message, Room
from rooms.protocol.events import MessagePosted
from rooms.shaping import message_shape
room = Room.objects.get(pk="ROOM")
people = list(room.participants.all())
began, head = timezone.now() - timedelta(days=20), room.head_seq
messages, events = [], []
for k in range(COUNT):
    at = began + timedelta(seconds=60 * k)
    text = f"{k}: Somebody proposed to read **the second point** again, and `nobody` minded. " * (1 + k % 4)
    message = Message(room=room, participant=people[k % len(people)], seq=head + 1 + k, text=text,
                      created_at=at, finished_at=at)
    data = MessagePosted(message=message_shape(message)).model_dump(mode="json")
    messages.append(message)
    events.append(Event(room=room, seq=message.seq, type=MessagePosted.type, data=data, at=at))
Message.objects.bulk_create(messages, batch_size=2000)
Event.objects.bulk_create(events, batch_size=2000)
# Also decided on, or the sweep would do it while we measure.
DispatchCursor.objects.update_or_create(room=room, defaults={"seq": head + COUNT})
Room.objects.filter(pk=room.pk).update(head_seq=head + COUNT)
"""


def fill(stack: Stack, room_id: str, count: int) -> None:
    """Writes `count` messages and their events into a room."""
    stack.manage("shell", "-c", _FILL.replace("ROOM", room_id).replace("COUNT", str(count)))


async def rest(person: Person, room_id: str) -> None:
    await person.snapshot(room_id)


async def socket(person: Person, room_id: str) -> None:
    async with person.open(room_id):
        pass


async def deep_page(person: Person, room_id: str) -> None:
    page = await person.get(f"/api/rooms/{room_id}/messages/", before=LONG // 2, limit=PAGE)
    assert len(page["messages"]) == PAGE


async def milliseconds(step: Callable[[Person, str], Awaitable[None]], person: Person, room_id: str) -> float:
    began = time.perf_counter()
    await step(person, room_id)
    return 1000 * (time.perf_counter() - began)


async def measure(stack: Stack, options: Any) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {}
    async with Person(stack.base_url, "Alice") as alice:
        rooms = {}
        for name, count in ROOMS.items():
            rooms[name] = await alice.create_room(f"Bench {name}", personas=["Ada"])
            if count:
                await asyncio.to_thread(fill, stack, rooms[name], count)
        steps = [
            (f"{what}, {name}", step, rooms[name])
            for what, step in (("snapshot over REST", rest), ("socket to snapshot", socket))
            for name in ROOMS
        ]
        steps.append(("deep page of 50", deep_page, rooms["long"]))
        # In turns, so that what else the machine does is in all of them.
        for round_number in range(WARM_UP + options.rounds):
            for name, step, room_id in steps:
                value = await milliseconds(step, alice, room_id)
                if round_number >= WARM_UP:
                    taken.setdefault(name, []).append(value)
    return taken


async def run(options: Any) -> dict[str, Any]:
    with fresh_stack(options.database) as stack:
        load = Load()
        taken = await measure(stack, options)
        cores = load.cores()
    return {
        "bench": "joining",
        "database": options.database,
        "messages": LONG,
        "cores_busy": cores,
        "ms": {name: summary(values) for name, values in taken.items()},
    }


def report(result: dict[str, Any]) -> None:
    ms = result["ms"]
    print(f"Joining a room of {LONG:,} messages ({result['database']}), ms")
    rows = [(name, s["count"], s["p50"], s["p90"], s["p99"]) for name, s in ms.items()]
    print(table(("", "n", "p50", "p90", "p99"), rows))
    print(f"\nCores busy meanwhile, by anything on this machine: {result['cores_busy']:.2f}")
    for what in ("snapshot over REST", "socket to snapshot"):
        long, page, empty = (ms[f"{what}, {name}"]["p50"] for name in ("long", "a page", "empty"))
        print(f"{what}: {long / page:.2f} times the room of one page")
        print(verdict(f"{what}, p50 to the empty room's", long / empty, TARGET_RATIO, "times"))
    deep = ms["deep page of 50"]["p50"] / ms["snapshot over REST, a page"]["p50"]
    print(f"deep page: {deep:.2f} times the snapshot of a room of one page")


def main() -> None:
    options = parser(__doc__, rounds=40, seconds=0)
    carry_out(options, run, report)


if __name__ == "__main__":
    main()
