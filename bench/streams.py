"""Twenty personas typing at once, fifty people watching: is every token there, and how late?

    python -m bench.streams --rounds 2 --seconds 10 --json FILE

One web and one worker process on two cores. Each token carries the moment at which the
provider wrote it, so that its way to every watcher is known; afterwards every watcher's
text is held against the provider's. The floor is a bare asyncio fan-out of the same
tokens in frames of the same rate and shape, with no database, worker or log.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench import servers
from bench.measures import Meter, keep_to_cores, parser, summary, table, verdict, write_json
from bench.watchers import TOKEN
from config.processes import BASE_DIR
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


class Watchers:
    """The process of the fifty; `result()` waits for its end."""

    def __init__(self, orders: dict[str, Any]) -> None:
        command = [sys.executable, "-m", "bench.watchers"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=BASE_DIR, env=os.environ, stdin=pipe, stdout=pipe)
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(orders).encode() + b"\n")
        self.process.stdin.flush()
        self._expect(b"ready\n")

    def wait(self) -> None:
        self._expect(b"done\n")

    def result(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        result: dict[str, Any] = pickle.load(self.process.stdout)
        self.process.wait(30)
        return result

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _expect(self, line: bytes) -> None:
        assert self.process.stdout is not None
        if self.process.stdout.readline() != line:
            raise SystemExit("the watchers' process ended early")


async def take_seats(stack: Stack, owner: Person, options: Any) -> tuple[str, list[dict[str, str]]]:
    """A new room with all personas and watchers in it: its id, and how each watcher connects."""
    names = [f"Voice {i}" for i in range(options.personas)]
    room_id = await owner.create_room("Bench", personas=names)
    invite = (await owner.snapshot(room_id))["room"]["invite"]
    sockets = []
    for i in range(options.watchers):
        async with Person(stack.base_url, f"Watcher {i}") as watcher:
            await watcher.join(invite)
            cookie = "; ".join(f"{name}={value}" for name, value in watcher.http.cookies.items())
        url = f"{stack.ws_url}/ws/rooms/{room_id}/"
        sockets.append({"url": url, "origin": stack.base_url, "cookie": cookie})
    return room_id, sockets


async def measure(stack: Stack, pids: dict[str, int], options: Any) -> dict[str, Any]:
    """One round in a room of its own."""
    stack.provider.reset()
    async with Person(stack.base_url, "Owner") as owner:
        room_id, sockets = await take_seats(stack, owner, options)
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
    url = os.environ.get("DATABASE_URL")
    environment = {"PARLEY_TICK_SECONDS": str(TICK_SECONDS), "PARLEY_CHAIN_TURNS": str(options.personas)}
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as directory:
        stack = Stack(
            Path(directory) / "data", provider_options=provider, database_url=url, environment=environment
        )
        with stack:
            stack.manage("shell", "-c", _MORE_PERSONAS.replace("COUNT", str(options.personas)))
            assert stack.valkey.child is not None
            pids = {
                "web": stack.webs[0].pid,
                "worker": stack.workers[0].pid,
                "valkey": stack.valkey.child.pid,
            }
            known = {name: pid for name, pid in pids.items() if pid is not None}
            rounds = [await measure(stack, known, options) for _ in range(options.rounds)]
    floor = await asyncio.to_thread(measure_floor, options)
    rounds.sort(key=lambda r: (len(r["problems"]), r["latency_ms"]["p99"]))
    return {
        "bench": "streams",
        "database": "postgresql" if url else "sqlite",
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
    arguments = options.parse_args()
    keep_to_cores()
    result = asyncio.run(run(arguments))
    report(result)
    write_json(arguments.json, result)


if __name__ == "__main__":
    main()
