"""From a mention to the first visible text on somebody else's screen.

    python -m bench.first_token --rounds 3 --seconds 15 --json FILE

Alice mentions a persona, Bob watches. Measured from the command's frame to Bob's first
text, minus the provider's own time (its request to its first chunk); beside it, in the
same run, a bare WebSocket echo and a bare HTTP stream read with httpx.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import connect

from bench import servers
from bench.measures import Load, carry_out, parser, summary, table, verdict
from bench.stacks import fresh_stack
from tests.stack.client import Person, Room
from tests.stack.stack import Stack

TARGET_P50 = 40.0
TARGET_P99 = 120.0
WARM_UP = 10
# A short reply: the next mention waits for its end.
TOKENS = 4
TOKENS_PER_SECOND = 200.0
PERSONA = "Ada"

STAGES = {
    "ok": "command.ok at Alice",
    "posted": "message.posted at Bob",
    "queued": "turn.changed queued at Bob",
    "running": "turn.changed running at Bob",
    "request": "request at the provider",
    "written": "first chunk written by the provider",
    "text": "first text at Bob",
}


@dataclass
class Sample:
    """The moments of one mention, in monotonic seconds."""

    sent: float
    at: dict[str, float] = field(default_factory=dict)

    @property
    def own(self) -> float:
        """Milliseconds from mention to text without the provider's."""
        return 1000 * (self.at["text"] - self.sent - (self.at["written"] - self.at["request"]))

    def since_sent(self, stage: str) -> float:
        return 1000 * (self.at[stage] - self.sent)


class Watch:
    """Notes when frames about the current mention come in at each side."""

    def __init__(self) -> None:
        self.sample: Sample | None = None
        self.is_settled = asyncio.Event()

    def note(self, stage: str, at: float) -> None:
        if self.sample is not None:
            self.sample.at.setdefault(stage, at)

    def at_alice(self, frame: dict[str, Any], at: float) -> None:
        if frame["type"] == "command.ok":
            self.note("ok", at)

    def at_bob(self, frame: dict[str, Any], at: float) -> None:
        match frame["type"]:
            case "message.posted" if frame["data"]["message"]["turn_id"] is None:
                self.note("posted", at)
            case "message.posted" if frame["data"]["message"]["text"]:
                self.note("text", at)
            case "turn.changed":
                state = frame["data"]["turn"]["state"]
                self.note(state, at)
                if state not in ("queued", "running"):
                    self.is_settled.set()


async def mention(room: Room, watch: Watch, number: int, pause: float) -> Sample:
    watch.is_settled.clear()
    # What follows a reply (settling, acknowledging) is not this mention's.
    await asyncio.sleep(pause)
    sample = watch.sample = Sample(time.monotonic())
    await room.command("message.post", text=f"@{PERSONA} what is {number} plus one?")
    async with asyncio.timeout(15):
        await watch.is_settled.wait()
    return sample


@asynccontextmanager
async def conversation(stack: Stack) -> AsyncIterator[tuple[Room, Watch]]:
    """Alice's socket to a new room in which Bob watches."""
    async with AsyncExitStack() as stacked:
        alice = await stacked.enter_async_context(Person(stack.base_url, "Alice"))
        bob = await stacked.enter_async_context(Person(stack.base_url, "Bob"))
        room_id = await alice.create_room("Bench", personas=[PERSONA])
        hers = await stacked.enter_async_context(alice.open(room_id))
        await bob.join(hers.state.room["invite"])
        his = await stacked.enter_async_context(bob.open(room_id))
        watch = Watch()
        hers.on_frame, his.on_frame = watch.at_alice, watch.at_bob
        yield hers, watch


async def measure(stack: Stack, options: Any) -> list[Sample]:
    """One round in a room of its own."""
    async with conversation(stack) as (room, watch):
        for number in range(WARM_UP):
            await mention(room, watch, number, options.pause)
        stack.provider.reset()
        until = time.monotonic() + options.seconds
        samples: list[Sample] = []
        while len(samples) < options.mentions and time.monotonic() < until:
            samples.append(await mention(room, watch, len(samples), options.pause))
    calls = stack.provider.calls()
    if len(calls) != len(samples):
        raise SystemExit(f"{len(samples)} mentions, but {len(calls)} calls at the provider")
    for sample, call in zip(samples, calls, strict=True):
        sample.at["request"], sample.at["written"] = call["began_at"], call["first_chunk_at"]
        if not sample.sent < call["began_at"] < sample.at["text"]:
            raise SystemExit("a call does not belong to its mention")
    return samples


async def echo_floor(count: int) -> list[float]:
    """Milliseconds of a bare WebSocket round trip of a command's size."""
    frame = '{"type":"message.post"}'.ljust(130)
    taken = []
    with servers.running("echo") as (url, _):
        async with connect(url, compression=None, proxy=None) as socket:
            for _ in range(count + WARM_UP):
                began = time.monotonic()
                await socket.send(frame)
                await socket.recv()
                taken.append(1000 * (time.monotonic() - began))
                await asyncio.sleep(0.005)
    return taken[WARM_UP:]


async def stream_floor(stack: Stack, count: int) -> list[float]:
    """Milliseconds to the first bytes of text of a bare HTTP stream, without the provider's own."""
    body = {"model": "parrot", "stream": True, "messages": [{"role": "user", "content": "hello"}]}
    stack.provider.reset()
    taken = []
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(count + WARM_UP):
            began = time.monotonic()
            first = None
            async with client.stream(
                "POST", f"{stack.provider.url}/v1/chat/completions", json=body
            ) as response:
                async for piece in response.aiter_bytes():
                    if first is None and b'"content"' in piece:
                        first = time.monotonic()
            assert first is not None
            taken.append(1000 * (first - began))
    calls = stack.provider.calls()
    own = [1000 * (call["first_chunk_at"] - call["began_at"]) for call in calls]
    return [whole - provider for whole, provider in zip(taken, own, strict=True)][WARM_UP:]


async def run(options: Any) -> dict[str, Any]:
    provider = ["--echo", "--tokens", str(TOKENS), "--tokens-per-second", str(TOKENS_PER_SECOND)]
    provider += ["--first-delay", str(options.provider_delay)]
    with fresh_stack(options.database, provider_options=provider) as stack:
        load = Load()
        rounds = [await measure(stack, options) for _ in range(options.rounds)]
        cores = load.cores()
        echo, stream = await echo_floor(100), await stream_floor(stack, 100)
    rounds.sort(key=lambda samples: summary(s.own for s in samples)["p50"])
    return {
        "bench": "first_token",
        "database": options.database,
        "provider_delay_ms": 1000 * options.provider_delay,
        "cores_busy": cores,
        "rounds": [summary(s.own for s in samples) for samples in rounds],
        "all": summary(s.own for samples in rounds for s in samples),
        "stages": {
            stage: summary(s.since_sent(stage) for samples in rounds for s in samples if stage in s.at)
            for stage in STAGES
        },
        "last_leg": summary(1000 * (s.at["text"] - s.at["written"]) for r in rounds for s in r),
        "floors": {"websocket_echo": summary(echo), "http_stream": summary(stream)},
    }


def report(result: dict[str, Any]) -> None:
    print(f"Mention to first text, without the provider's own time ({result['database']}), ms")
    rows = [(f"round {i}", r) for i, r in enumerate(result["rounds"], 1)] + [("all rounds", result["all"])]
    rows += [(f"floor: {name.replace('_', ' ')}", floor) for name, floor in result["floors"].items()]
    print(table(("", "n", "p50", "p90", "p99", "max"), [_row(*row) for row in rows]))
    print("\nSince the command was sent, the provider's time included, ms")
    rows = [(what, result["stages"][stage]) for stage, what in STAGES.items()]
    rows.append(("(first chunk written to text at Bob)", result["last_leg"]))
    print(table(("", "n", "p50", "p90", "p99", "max"), [_row(*row) for row in rows]))
    best = result["rounds"][0]
    floor = sum(f["p50"] for f in result["floors"].values())
    print(f"\nRatio to both floors together ({floor:.2f} ms): p50 {best['p50'] / floor:.1f} times")
    print(f"Cores busy meanwhile, by anything on this machine: {result['cores_busy']:.2f}")
    print("Best round: " + verdict("p50", best["p50"], TARGET_P50))
    print("Best round: " + verdict("p99", best["p99"], TARGET_P99))


def _row(name: str, s: dict[str, float]) -> tuple[Any, ...]:
    return (name, s["count"], s["p50"], s["p90"], s["p99"], s["max"])


def main() -> None:
    options = parser(__doc__, rounds=3, seconds=30)
    options.add_argument("--mentions", type=int, default=100, help="of a round, at the most")
    options.add_argument("--pause", type=float, default=0.05, help="seconds between reply and next mention")
    options.add_argument("--provider-delay", type=float, default=0.05, help="the provider's own seconds")
    carry_out(options, run, report)


if __name__ == "__main__":
    main()
