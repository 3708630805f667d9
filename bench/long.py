"""A long day in one room: does what the server keeps in memory grow with what was said?

    python -m bench.long --messages 20000 --json FILE

Four people say thousands of messages as fast as the server takes them, one more watches, and
a persona answers now and then. The memory of web and worker is read along the way, without
what is mapped from files: SQLite maps the database, which grows, and the kernel may take that
back. The slope over the second half is what a room's past costs, per 1,000 messages. The first
half is warm-up, and is reported beside it: threads, pools and the allocator's arenas reach
their size within about 10,000 messages, so that a shorter run measures that instead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression
from typing import Any

from bench.measures import Load, carry_out, parser, table, verdict
from bench.stacks import fresh_stack, pids_of
from tests.stack.client import Person, Room
from tests.stack.stack import Stack

PEOPLE = 4
AT_ONCE = 4  # unanswered messages of one person
REPLY_EVERY = 250
REPLY = ("--echo", "--tokens", "40", "--tokens-per-second", "200")
WARM_UP = 0.5
SAMPLES = 60
# Megabytes per 1,000 messages: 10,000 of them in an hour may cost what one busy reply does.
TARGET_SLOPE = 1.0
# The people's own bounds are not what is measured.
ENVIRONMENT = {"PARLEY_COMMANDS_PER_SECOND": "100000"}


@dataclass(frozen=True)
class Sample:
    messages: int
    seconds: float
    memory: dict[str, float]


def anonymous_mb(pid: int) -> float:
    """Resident memory that belongs to no file."""
    status = Path(f"/proc/{pid}/status").read_text()
    return (
        next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:")) * 1024 / 1e6
    )


async def speak(room: Room, numbers: Iterator[int], texts: list[str]) -> None:
    """Says the next of `numbers`, which all speakers share, until there are no more."""
    for number in numbers:
        mention = "@Ada, " if number % REPLY_EVERY == 0 else ""
        await room.post(f"{mention}{number}: {texts[number % len(texts)]}")
        room.frames.clear()


async def sample(stack: Stack, watcher: Room, every: int, samples: list[Sample]) -> None:
    """Reads the memory each time the watcher has seen `every` messages more."""
    pids, began = pids_of(stack), time.monotonic()
    while True:
        seen = len(samples) * every
        await watcher.wait(lambda state, least=seen: len(state.messages) >= least, "the messages", 120)  # type: ignore[misc]
        watcher.frames.clear()
        memory = {name: anonymous_mb(pid) for name, pid in pids.items()}
        samples.append(Sample(len(watcher.state.messages), time.monotonic() - began, memory))


async def measure(stack: Stack, count: int) -> list[Sample]:
    samples: list[Sample] = []
    texts = ["word " * length for length in (3, 12, 30, 80)]
    async with AsyncExitStack() as life:
        people = [
            await life.enter_async_context(Person(stack.base_url, f"Person {k}")) for k in range(PEOPLE + 1)
        ]
        room_id = await people[0].create_room("Bench", personas=["Ada"])
        invite = (await people[0].snapshot(room_id))["room"]["invite"]
        for person in people[1:]:
            await person.join(invite)
        *speakers, watcher = [await life.enter_async_context(person.open(room_id)) for person in people]
        numbers = iter(range(count))
        sampling = asyncio.create_task(sample(stack, watcher, max(1, count // SAMPLES), samples))
        try:
            await asyncio.gather(*(speak(room, numbers, texts) for room in speakers * AT_ONCE))
            await watcher.wait(lambda state: len(state.messages) >= count, "all that was said", 60)
        finally:
            sampling.cancel()
    return samples


def slope(samples: list[Sample], process: str) -> float:
    """Megabytes per 1,000 messages."""
    messages = [sample.messages for sample in samples]
    return 1000 * linear_regression(messages, [sample.memory[process] for sample in samples]).slope


async def run(options: Any) -> dict[str, Any]:
    with fresh_stack(options.database, provider_options=REPLY, environment=ENVIRONMENT) as stack:
        load = Load()
        samples = await measure(stack, options.messages)
        cores = load.cores()
    last, turn = samples[-1], round(WARM_UP * len(samples))
    return {
        "bench": "long",
        "database": options.database,
        "messages": last.messages,
        "per_second": last.messages / last.seconds,
        "cores_busy": cores,
        "warm_up_mb_per_1000": {name: slope(samples[:turn], name) for name in last.memory},
        "slope_mb_per_1000": {name: slope(samples[turn:], name) for name in last.memory},
        "samples": [(s.messages, s.seconds, s.memory) for s in samples],
    }


def report(result: dict[str, Any]) -> None:
    print(
        f"{result['messages']:,} messages in one room ({result['database']}),"
        f" {result['per_second']:.0f} a second; memory (RSS but for mapped files), MB"
    )
    samples = result["samples"]
    points = [samples[round(share * (len(samples) - 1))] for share in (0, 0.25, 0.5, 0.75, 1)]
    head = ("after", *(f"{messages:,}" for messages, _, _ in points), "per 1,000, warm-up", "after it")
    rows = [
        (
            name,
            *(memory[name] for _, _, memory in points),
            f"{result['warm_up_mb_per_1000'][name]:+.2f}",
            f"{value:+.2f}",
        )
        for name, value in result["slope_mb_per_1000"].items()
    ]
    print(table(head, rows))
    print(f"\nCores busy meanwhile, by anything on this machine: {result['cores_busy']:.2f}")
    for name in ("web", "worker"):
        print(verdict(f"{name}, per 1,000 messages", result["slope_mb_per_1000"][name], TARGET_SLOPE, "MB"))


def main() -> None:
    options = parser(__doc__, rounds=1, seconds=0)
    options.add_argument("--messages", type=int, default=20_000)
    carry_out(options, run, report)


if __name__ == "__main__":
    main()
