"""Twenty personas typing at once, fifty people watching: is every token there, and how late?

    python -m bench.streams --rounds 2 --seconds 10 --json FILE

One web and one worker process on two cores. Each token carries the moment at which the
provider wrote it, so that its way to every watcher is known; afterwards every watcher's
text is held against the provider's. The floor is a bare asyncio fan-out of the same
tokens in frames of the same rate and shape, with no database, worker or log.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from bench import servers
from bench.crowd import Watchers, take_seats
from bench.measures import Meter, carry_out, parser, summary, table, verdict
from bench.stacks import fresh_stack, pids_of
from bench.watchers import TOKEN
from tests.stack.client import Person
from tests.stack.stack import Stack

TARGET_P99 = 400.0
TOKENS_PER_SECOND = 50.0
TICK_SECONDS = 0.04

_MORE_PERSONAS = """
from personas.models import Persona
Persona.objects.bulk_create(
    Persona(slug=f"bench-{i}", name=f"Voice {i}", prompt="You speak.") for i in range(COUNT)
)
"""


async def measure(stack: Stack, pids: dict[str, int], options: Any) -> dict[str, Any]:
    """One round in a room of its own."""
    stack.provider.reset()
    async with Person(stack.base_url, "Owner") as owner:
        names = [f"Voice {i}" for i in range(options.personas)]
        room_id = await owner.create_room("Bench", personas=names)
        sockets = await take_seats(owner, room_id, options.watchers)
        orders = {"sockets": sockets, "expected": options.personas, "seconds": 3 * options.seconds + 30}
        watchers = await asyncio.to_thread(Watchers, orders)
        try:
            meter = Meter({**pids, "watchers (client)": watchers.process.pid})
            meter.start()
            command = {
                "type": "message.post",
                "command_id": str(uuid4()),
                "data": {"text": "@all speak, please."},
            }
            await owner.post(f"/api/rooms/{room_id}/commands/", command)
            await asyncio.to_thread(watchers.wait)
            meter.stop()
            result = await asyncio.to_thread(watchers.result)
        finally:
            watchers.kill()
        stored = {m["id"]: m["text"] for m in (await owner.snapshot(room_id))["messages"] if m["turn_id"]}
    tokens = tokens_of(options)
    problems = result["problems"]
    problems["texts that differ from the provider's"] = options.personas - sum(
        is_whole(text, tokens) for text in result["finals"].values()
    )
    problems["texts that differ from the stored ones"] = int(stored != result["finals"])
    problems["calls that the provider did not finish"] = options.personas - sum(
        call["chunks_sent"] == tokens for call in stack.provider.calls()
    )
    return condensed(result, meter, options, problems)


def is_whole(text: str, tokens: int) -> bool:
    """Whether it is the provider's text: every token once, in order, with nothing between."""
    found = TOKEN.findall(text)
    rebuilt = " ".join(f"⟨{number}:{stamp}⟩" for number, stamp in found)
    return [int(number) for number, _ in found] == list(range(tokens)) and text.rstrip() == rebuilt


def condensed(result: dict[str, Any], meter: Meter, options: Any, problems: dict[str, int]) -> dict[str, Any]:
    written = options.personas * tokens_of(options) * options.watchers
    sizes = result["delta_bytes"]
    return {
        "latency_ms": summary(result["latencies"]),
        "tokens_due": written,
        "delivered_share": result["delivered"] / written,
        "frames": result["frames"],
        "frames_per_second": result["frames"] / options.seconds,
        "megabytes": result["bytes"] / 1e6,
        "delta_frames": len(sizes),
        "delta_frame_bytes": sum(sizes) / max(1, len(sizes)),
        "problems": {name: count for name, count in problems.items() if count},
        "cpu_seconds": meter.cpu,
        "memory_mb": meter.memory,
    }


def tokens_of(options: Any) -> int:
    return round(options.seconds * TOKENS_PER_SECOND)


def measure_floor(options: Any) -> dict[str, Any]:
    """The same tokens to as many sockets from a bare asyncio server."""
    arguments = ["--streams", str(options.personas), "--rate", str(TOKENS_PER_SECOND)]
    arguments += ["--tokens", str(tokens_of(options)), "--tick", str(TICK_SECONDS)]
    with servers.running("fanout", *arguments) as (url, pid):
        orders = {
            "sockets": [{"url": url}] * options.watchers,
            "expected": 1,
            "seconds": 3 * options.seconds + 10,
            "go": '{"go":true}',
        }
        watchers = Watchers(orders)
        try:
            meter = Meter({"server": pid, "watchers (client)": watchers.process.pid})
            meter.start()
            watchers.wait()
            meter.stop()
            result = watchers.result()
        finally:
            watchers.kill()
    return condensed(result, meter, options, result["problems"])


async def run(options: Any) -> dict[str, Any]:
    provider = ["--echo", "--timestamps", "--tokens", str(tokens_of(options))]
    provider += ["--tokens-per-second", str(TOKENS_PER_SECOND), "--first-delay", "0.3"]
    limits = dict.fromkeys(("PARLEY_CHAIN_TURNS", "PARLEY_CHAIN_FANOUT"), str(options.personas))
    environment = {"PARLEY_TICK_SECONDS": str(TICK_SECONDS), **limits}
    with fresh_stack(options.database, provider_options=provider, environment=environment) as stack:
        stack.manage("shell", "-c", _MORE_PERSONAS.replace("COUNT", str(options.personas)))
        pids = pids_of(stack)
        rounds = [await measure(stack, pids, options) for _ in range(options.rounds)]
    floor = await asyncio.to_thread(measure_floor, options)
    rounds.sort(key=lambda r: (len(r["problems"]), r["latency_ms"]["p99"]))
    return {
        "bench": "streams",
        "database": options.database,
        "personas": options.personas,
        "watchers": options.watchers,
        "seconds": options.seconds,
        "rounds": rounds,
        "floor": floor,
    }


def report(result: dict[str, Any]) -> None:
    print(
        f"{result['personas']} personas at {TOKENS_PER_SECOND:g} tokens/s, {result['watchers']} watchers,"
        f" {result['seconds']:g} s ({result['database']}); token written to watcher, ms"
    )
    named = [(f"round {i}", r) for i, r in enumerate(result["rounds"], 1)] + [("floor", result["floor"])]
    head = ("", "p50", "p95", "p99", "max", "delivered %", "frames/s", "bytes/frame", "MB")
    rows = []
    for name, r in named:
        latency = [r["latency_ms"][share] for share in ("p50", "p95", "p99", "max")]
        share = f"{100 * r['delivered_share']:.2f}"
        rows.append((name, *latency, share, r["frames_per_second"], r["delta_frame_bytes"], r["megabytes"]))
    print(table(head, rows))
    for name, r in named:
        print(f"\n{name}: " + ("nothing lost, nothing twice" if not r["problems"] else f"{r['problems']}"))
        costs = [(who, cpu, r["memory_mb"].get(who, "")) for who, cpu in r["cpu_seconds"].items()]
        print(table(("process", "CPU s", "MB"), costs))
    best, floor = result["rounds"][0], result["floor"]
    ratios = [best["latency_ms"][p] / floor["latency_ms"][p] for p in ("p50", "p99")]
    ours = sum(best["cpu_seconds"][name] for name in ("web", "worker", "valkey"))
    cpu = ours / max(0.01, floor["cpu_seconds"]["server"])
    print(f"\nRatio to the floor: p50 {ratios[0]:.1f}, p99 {ratios[1]:.1f}, CPU {cpu:.1f} times")
    print("Best round: " + verdict("p99", best["latency_ms"]["p99"], TARGET_P99))
    is_whole = not any(r["problems"] or r["delivered_share"] != 1 for r in result["rounds"])
    print(f"All rounds: nothing lost, nothing twice: {'met' if is_whole else 'MISSED'}")


def main() -> None:
    options = parser(__doc__, rounds=2, seconds=10)
    options.add_argument("--personas", type=int, default=20)
    options.add_argument("--watchers", type=int, default=50)
    carry_out(options, run, report)


if __name__ == "__main__":
    main()
