"""Ten personas on @all, asked at once: how long after the first one's first text the last one's comes.

    python -m bench.everybody --rounds 5 --json FILE

Alice says "@all …" and Bob watches. Of each persona, from the command's frame to its first text at
Bob, minus the provider's own time (its request to its first chunk). Beside it, in the same run, ten
bare HTTP streams begun at once, as the floor.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import httpx

from bench.measures import Load, carry_out, parser, summary, table, verdict
from bench.stacks import fresh_stack
from tests.stack.client import Person
from tests.stack.stack import Stack

TARGET_MS = 150.0
# Of comparable systems, as the task gives them.
OTHERS = (320.0, 1_900.0)
PERSONAS = 10
TOKENS = 8
WARM_UP = 2


async def spread(stack: Stack, options: Any) -> list[dict[str, float]]:
    """Of each round: the first and the last of the personas' own milliseconds."""
    async with AsyncExitStack() as stacked:
        alice = await stacked.enter_async_context(Person(stack.base_url, "Alice"))
        bob = await stacked.enter_async_context(Person(stack.base_url, "Bob"))
        room_id = await alice.create_room("Bench", personas=[])
        hers = await stacked.enter_async_context(alice.open(room_id))
        await bob.join(hers.state.room["invite"])
        his = await stacked.enter_async_context(bob.open(room_id))
        for number in range(PERSONAS):
            await hers.command("persona.add", name=f"Voice{number}", prompt=f"You are voice {number}.")
        first: dict[str, float] = {}
        settled: set[str] = set()
        all_settled = asyncio.Event()

        def watch(frame: dict[str, Any], at: float) -> None:
            if frame["type"] == "message.posted" and frame["data"]["message"]["turn_id"]:
                first.setdefault(frame["data"]["message"]["participant_id"], at)
            if frame["type"] == "turn.changed" and frame["data"]["turn"]["state"] not in (
                "queued",
                "running",
            ):
                settled.add(frame["data"]["turn"]["participant_id"])
                if len(settled) == PERSONAS:
                    all_settled.set()

        his.on_frame = watch
        found = []
        for number in range(WARM_UP + options.rounds):
            first.clear()
            settled.clear()
            all_settled.clear()
            stack.provider.reset()
            await asyncio.sleep(0.3)
            sent = time.monotonic()
            await hers.command("message.post", text=f"@all what is {number} plus one?")
            async with asyncio.timeout(30):
                await all_settled.wait()
            calls = {voice_of(call): call for call in stack.provider.calls()}
            names = {p["id"]: p["name"] for p in his.state.participants.values()}
            own = []
            for participant_id, at in first.items():
                call = calls[names[participant_id]]
                own.append(1000 * (at - sent - (call["first_chunk_at"] - call["began_at"])))
            if len(own) != PERSONAS:
                raise SystemExit(f"{len(own)} of {PERSONAS} personas said something")
            if number >= WARM_UP:
                found.append({"first": min(own), "last": max(own), "spread": max(own) - min(own)})
        return found


def voice_of(call: dict[str, Any]) -> str:
    return str(call["user"]).rpartition("You are ")[2].partition(".")[0]


async def floor(stack: Stack) -> list[float]:
    """Milliseconds between the first and the last first bytes of ten bare streams begun at once."""
    body = {"model": "parrot", "stream": True, "messages": [{"role": "user", "content": "hello"}]}

    async def one(client: httpx.AsyncClient) -> float:
        began = time.monotonic()
        async with client.stream("POST", f"{stack.provider.url}/v1/chat/completions", json=body) as response:
            async for piece in response.aiter_bytes():
                if b'"content"' in piece:
                    return time.monotonic() - began
        raise SystemExit("a bare stream said nothing")

    spreads = []
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(WARM_UP + 5):
            taken = await asyncio.gather(*(one(client) for _ in range(PERSONAS)))
            spreads.append(1000 * (max(taken) - min(taken)))
    return spreads[WARM_UP:]


async def run(options: Any) -> dict[str, Any]:
    provider = ["--echo", "--tokens", str(TOKENS), "--tokens-per-second", "100"]
    provider += ["--first-delay", str(options.provider_delay)]
    with fresh_stack(options.database, provider_options=provider) as stack:
        load = Load()
        rounds = await spread(stack, options)
        cores = load.cores()
        bare = await floor(stack)
    return {
        "bench": "everybody",
        "database": options.database,
        "cores_busy": cores,
        "rounds": rounds,
        "ms": {key: summary(r[key] for r in rounds) for key in ("first", "last", "spread")},
        "floor": summary(bare),
    }


def report(result: dict[str, Any]) -> None:
    print(f"@all to {PERSONAS} personas, without the provider's own time ({result['database']}), ms")
    rows = [(name, s["count"], s["p50"], s["p90"], s["max"]) for name, s in result["ms"].items()]
    rows.append(("floor: ten bare streams", *(result["floor"][k] for k in ("count", "p50", "p90", "max"))))
    print(table(("", "n", "p50", "p90", "max"), rows))
    print(f"\nCores busy meanwhile, by anything on this machine: {result['cores_busy']:.2f}")
    best = min(r["spread"] for r in result["rounds"])
    print(verdict("last behind the first, best round", best, TARGET_MS))
    print(verdict("last behind the first, p50", result["ms"]["spread"]["p50"], TARGET_MS))
    print(f"Comparable systems: {' and '.join(f'{other:,.0f}' for other in OTHERS)} ms")


def main() -> None:
    options = parser(__doc__, rounds=10, seconds=0)
    options.add_argument("--provider-delay", type=float, default=0.05, help="the provider's own seconds")
    carry_out(options, run, report)


if __name__ == "__main__":
    main()
