"""Runs on their own: from the last byte of one persona's answer to the request for the next.

    python -m bench.boundaries --rounds 10 --json FILE

All of it is read at the scripted provider, so that its own time is in none of the numbers:
1. A round robin of two in one room: each boundary, by itself.
2. A council of eight: how far apart the eight sealed answers of each run are asked for.
3. Fifty rooms that go round at once, with one person in each who watches: every boundary of theirs,
   and whether each run came to its end.
The floor is the least that could stand between two requests: a bare client that asks the same
provider for the next answer as soon as it has read the one before.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import Any

import httpx

from bench.measures import Load, carry_out, cpu_seconds, parser, summary, table, verdict
from bench.stacks import fresh_stack
from tests.stack.client import Person, Room
from tests.stack.stack import Stack

BOUNDARY_MS, TOGETHER_MS, CROWD_MS = 60.0, 50.0, 1_000.0
# Tokens, and how many a second: short where only the gaps count, about two hundred words, as personas
# write in a discussion, where the load does.
SHORT, LONG = (8, 100.0), (300, 50.0)
TOGETHER = 8
ROOMS, CROWD_ROUNDS = 50, 5
GOAL = "Where should the bicycles stand?"
_NAME = re.compile(r"You are (\w+)")

Call = dict[str, Any]


async def room_of(person: Person, voices: list[str], stacked: AsyncExitStack) -> Room:
    room_id = await person.create_room("Bench", personas=[])
    open_room = await stacked.enter_async_context(person.open(room_id))
    for voice in voices:
        await open_room.command("persona.add", name=voice, prompt=f"You are {voice}.")
    return open_room


async def play(open_room: Room, seconds: float, **run: Any) -> dict[str, Any]:
    """The run, at its end."""
    started = await open_room.command("run.start", goal=GOAL, **run)
    run_id = started["run_id"]
    await open_room.wait(
        lambda state: state.runs.get(run_id, {}).get("state") == "ended", "the end of a run", seconds=seconds
    )
    ended: dict[str, Any] = open_room.state.runs[run_id]
    return ended


def gaps(calls: list[Call]) -> list[float]:
    """Milliseconds from the end of each call to the beginning of the next."""
    ordered = sorted(calls, key=lambda call: call["began_at"])
    return [1000 * (after["began_at"] - before["ended_at"]) for before, after in pairwise(ordered)]


async def one_room(stack: Stack, rounds: int) -> list[float]:
    async with AsyncExitStack() as stacked:
        alice = await stacked.enter_async_context(Person(stack.base_url, "Alice"))
        room = await room_of(alice, ["Voice0", "Voice1"], stacked)
        await play(room, 60, mode="round_robin", rounds=2)  # warms up
        stack.provider.reset()
        run = await play(room, 20 + 4 * rounds, mode="round_robin", rounds=rounds, max_turns=2 * rounds)
    calls = stack.provider.calls()
    if len(calls) != 2 * rounds:
        raise SystemExit(f"{len(calls)} calls instead of {2 * rounds}: {run['end']}")
    return gaps(calls)


async def together(stack: Stack, times: int) -> list[float]:
    """Milliseconds between the first and the last request for the eight answers of each run."""
    found = []
    async with AsyncExitStack() as stacked:
        alice = await stacked.enter_async_context(Person(stack.base_url, "Alice"))
        room = await room_of(alice, [f"Voice{number}" for number in range(TOGETHER)], stacked)
        for number in range(1 + times):
            stack.provider.reset()
            started = await room.command("run.start", goal=GOAL, mode="council")
            await room.wait(
                lambda _: len(stack.provider.calls()) >= TOGETHER, "the eight answers asked for", seconds=30
            )
            began = sorted(call["began_at"] for call in stack.provider.calls())[:TOGETHER]
            await room.command("run.stop", run_id=started["run_id"])
            if number:  # the first warms up
                found.append(1000 * (began[-1] - began[0]))
    return found


async def crowd(stack: Stack) -> tuple[list[float], list[str]]:
    """The boundaries of all rooms, and the ends of their runs."""
    async with AsyncExitStack() as stacked:
        rooms = []
        for number in range(ROOMS):
            person = await stacked.enter_async_context(Person(stack.base_url, f"Person{number}"))
            rooms.append(await room_of(person, [f"R{number}a", f"R{number}b"], stacked))
        stack.provider.reset()
        most = 2 * CROWD_ROUNDS
        playing = [play(room, 180, mode="round_robin", rounds=CROWD_ROUNDS, max_turns=most) for room in rooms]
        runs = await asyncio.gather(*playing)
    by_room: dict[str, list[Call]] = defaultdict(list)
    for call in stack.provider.calls():
        if found := _NAME.findall(call["user"]):  # else it is a summary of what was said
            by_room[found[-1][:-1]].append(call)
    if any(len(calls) != most for calls in by_room.values()) or len(by_room) != ROOMS:
        counts = sorted({len(calls) for calls in by_room.values()})
        raise SystemExit(f"{len(by_room)} rooms asked {counts} times instead of {most}")
    return [gap for calls in by_room.values() for gap in gaps(calls)], [run["end"]["code"] for run in runs]


async def floor(stack: Stack, count: int) -> list[float]:
    """Milliseconds from the end of one bare answer, as the provider has it, to the next request."""
    body = {"model": "parrot", "stream": True, "messages": [{"role": "user", "content": "You are Bare"}]}
    stack.provider.reset()
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(count):
            url = f"{stack.provider.url}/v1/chat/completions"
            async with client.stream("POST", url, json=body) as response:
                async for _ in response.aiter_bytes():
                    pass
    return gaps(stack.provider.calls())


def answering(tokens: int, a_second: float) -> list[str]:
    """No two answers are alike, so that no run is taken for one that repeats itself."""
    return ["--echo", "--prose", "--tokens", str(tokens), "--tokens-per-second", str(a_second)]


async def run(options: Any) -> dict[str, Any]:
    with fresh_stack(options.database, provider_options=answering(*SHORT)) as stack:
        load = Load()
        alone = await one_room(stack, options.rounds)
        alone_cores = load.cores()
        starts = await together(stack, options.rounds)
        bare = await floor(stack, 10)
    # A worker is at most one core's worth (docs/operations.md).
    with fresh_stack(options.database, provider_options=answering(*LONG), workers=2) as stack:
        load, began, used = Load(), time.monotonic(), cpu_seconds(stack.provider.pid)
        of_the_crowd, ends = await crowd(stack)
        crowd_cores, crowd_seconds = load.cores(), time.monotonic() - began
        yardstick = 1000 * (cpu_seconds(stack.provider.pid) - used) / (2 * CROWD_ROUNDS * ROOMS)
    return {
        "bench": "boundaries",
        "database": options.database,
        "cores_busy": {"one room": alone_cores, "crowd": crowd_cores},
        "crowd_seconds": crowd_seconds,
        "provider_ms_an_answer": yardstick,
        "ends": {code: ends.count(code) for code in sorted(set(ends))},
        "ms": {
            "boundary, one room": summary(alone),
            f"{TOGETHER} at once, first to last": summary(starts),
            f"boundary, {ROOMS} rooms": summary(of_the_crowd),
            "floor: bare client": summary(bare),
        },
    }


def report(result: dict[str, Any]) -> None:
    print(f"Runs on their own ({result['database']}), ms")
    rows = [(n, s["count"], s["p50"], s["p90"], s["p95"], s["max"]) for n, s in result["ms"].items()]
    print(table(("", "n", "p50", "p90", "p95", "max"), rows))
    busy = result["cores_busy"]
    print(f"\nCores busy: one room {busy['one room']:.2f}, {ROOMS} rooms {busy['crowd']:.2f}", end="")
    print(f" ({result['crowd_seconds']:.0f} s, the rooms' making included)")
    print(f"Ends of the {ROOMS} runs: {result['ends']}")
    spent = result["provider_ms_an_answer"]
    print(f"How quick the machine is: the scripted provider took {spent:.1f} ms of CPU for an answer")
    alone, starts, crowded, _ = result["ms"].values()
    print(verdict("boundary, p50", alone["p50"], BOUNDARY_MS))
    print(verdict(f"{TOGETHER} at once, p50", starts["p50"], TOGETHER_MS))
    print(verdict(f"boundary in {ROOMS} rooms, p95", crowded["p95"], CROWD_MS))


def main() -> None:
    carry_out(parser(__doc__, rounds=10, seconds=0), run, report)


if __name__ == "__main__":
    main()
