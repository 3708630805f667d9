"""What one person says, to 200 people who watch: how long until each has it?

    python -m bench.fanout --rounds 3 --seconds 8 --json FILE

Alice says something eight times a second over her socket; each text carries the moment at
which she sent it, and is looked for at every watcher. The floor is a bare WebSocket server
that hands the same bytes on to as many sockets: no transaction, no Redis, no windows.
Rounds of both take turns.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import connect

from bench import servers
from bench.crowd import Watchers, take_seats
from bench.measures import Load, Meter, carry_out, parser, summary, table, verdict
from bench.stacks import fresh_stack, pids_of
from tests.stack.client import Person, Room
from tests.stack.stack import Stack

TARGET_P50 = 30.0
PER_SECOND = 8.0
# A heartbeat: with the first one each socket is told of all who came after it, once.
SETTLE_SECONDS = 6.0

Say = Callable[[str], Awaitable[None]]


async def measure(sockets: list[dict[str, str]], say: Say, pids: dict[str, int], options: Any) -> Any:
    """Opens the watchers, says everything, and judges what came."""
    count = round(options.seconds * PER_SECOND)
    orders = {
        "sockets": sockets,
        "expected": count,
        "counted": "message.posted",
        "seconds": 3 * options.seconds + 30,
    }
    watchers = await asyncio.to_thread(Watchers, orders)
    try:
        await asyncio.sleep(SETTLE_SECONDS)
        meter = Meter({**pids, "watchers (client)": watchers.process.pid})
        meter.start()
        began = time.monotonic()
        for k in range(count):
            await asyncio.sleep(max(0.0, began + k / PER_SECOND - time.monotonic()))
            await say(f"⟨{k}:{time.monotonic_ns()}⟩ shall we begin with the second point?")
        await asyncio.to_thread(watchers.wait)
        meter.stop()
        result = await asyncio.to_thread(watchers.result)
    finally:
        watchers.kill()
    return {
        "latency_ms": summary(result["latencies"]),
        "delivered_share": result["delivered"] / (count * options.watchers),
        "problems": {name: n for name, n in result["problems"].items() if n},
        "cpu_seconds": meter.cpu,
    }


@asynccontextmanager
async def parley(stack: Stack, options: Any) -> AsyncIterator[tuple[Room, list[dict[str, str]]]]:
    """Alice's socket to a room, and how all who watch there connect."""
    async with Person(stack.base_url, "Alice") as alice:
        room_id = await alice.create_room("Bench")
        sockets = await take_seats(alice, room_id, options.watchers)
        async with alice.open(room_id) as room:
            yield room, sockets


async def measure_parley(
    room: Room, sockets: list[dict[str, str]], pids: dict[str, int], options: Any
) -> dict[str, Any]:
    async def say(text: str) -> None:
        command = {"type": "message.post", "command_id": str(uuid4()), "data": {"text": text}}
        await room.send(json.dumps(command))

    return await measure(sockets, say, pids, options)


async def measure_floor(posted: dict[str, Any], options: Any) -> dict[str, Any]:
    """The same frames, handed on by a bare server."""
    bare = {name: value for name, value in posted.items() if name not in ("n", "seq")}
    with servers.running("relay") as (url, pid):
        async with connect(url, compression=None, proxy=None) as socket:

            async def say(text: str) -> None:
                message = {**posted["data"]["message"], "id": str(uuid4()), "text": text}
                envelope = {**bare, "data": {**posted["data"], "message": message}}
                await socket.send(json.dumps(envelope, ensure_ascii=False, separators=(",", ":")))

            sockets = [{"url": url}] * options.watchers
            return await measure(sockets, say, {"server": pid}, options)


async def run(options: Any) -> dict[str, Any]:
    rounds, floors = [], []
    with fresh_stack(options.database) as stack:
        async with parley(stack, options) as (room, sockets):
            load = Load()
            for _ in range(options.rounds):
                rounds.append(await measure_parley(room, sockets, pids_of(stack), options))
                posted = next(frame for frame in room.frames if frame["type"] == "message.posted")
                floors.append(await measure_floor(posted, options))
            cores = load.cores()
    for results in (rounds, floors):
        results.sort(key=lambda r: r["latency_ms"]["p50"])
    return {
        "bench": "fanout",
        "database": options.database,
        "watchers": options.watchers,
        "cores_busy": cores,
        "rounds": rounds,
        "floors": floors,
    }


def report(result: dict[str, Any]) -> None:
    print(f"A person's message to {result['watchers']} watchers ({result['database']}), ms")
    named = [(f"round {i}", r) for i, r in enumerate(result["rounds"], 1)]
    named += [(f"floor {i}", r) for i, r in enumerate(result["floors"], 1)]
    rows = []
    for name, r in named:
        latency = [r["latency_ms"][share] for share in ("p50", "p95", "p99", "max")]
        cpu = ", ".join(f"{who} {seconds:.1f}" for who, seconds in r["cpu_seconds"].items())
        rows.append((name, *latency, f"{100 * r['delivered_share']:.2f}", cpu))
        if r["problems"]:
            print(f"{name}: {r['problems']}")
    print(table(("", "p50", "p95", "p99", "max", "delivered %", "CPU s"), rows))
    best, floor = (result[which][0]["latency_ms"] for which in ("rounds", "floors"))
    ratios = [best[share] / floor[share] for share in ("p50", "p99")]
    print(f"\nRatio of the best rounds: p50 {ratios[0]:.1f}, p99 {ratios[1]:.1f}")
    print(f"Cores busy meanwhile, by anything on this machine: {result['cores_busy']:.2f}")
    print("Best round: " + verdict("p50", best["p50"], TARGET_P50))


def main() -> None:
    options = parser(__doc__, rounds=3, seconds=6)
    options.add_argument("--watchers", type=int, default=200)
    carry_out(options, run, report)


if __name__ == "__main__":
    main()
