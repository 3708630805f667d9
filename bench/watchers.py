"""People who watch, as one cheap process, so that they leave the cores to the stack.

    python -m bench.watchers          reads its orders from standard input as JSON

Each socket only notes which frame came when. Frames of one broadcast differ between
sockets by their counter alone, so each payload is kept and parsed once. After the end the
frames are replayed per watcher: every reply's text must follow from its pieces.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import re
import sys
import time
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bench.measures import cpu_seconds

ACKNOWLEDGED_EVERY = 8
TOKEN = re.compile(r"⟨(\d+):(\d+)⟩")
Json = dict[str, Any]


class Payloads:
    """Frames without their counter, by number. Equal ones have one number."""

    def __init__(self) -> None:
        self.numbers: dict[bytes, int] = {}
        self.kept: list[bytes] = []

    def number(self, payload: bytes) -> int:
        number = self.numbers.get(payload)
        if number is None:
            number = self.numbers[payload] = len(self.kept)
            self.kept.append(payload)
        return number


@dataclass
class Watcher:
    """One socket. `frames` and `times` (monotonic ns) run in parallel."""

    url: str
    origin: str | None
    cookie: str | None
    frames: array[int] = field(default_factory=lambda: array("l"))
    times: array[int] = field(default_factory=lambda: array("q"))
    counter_gaps: int = 0
    counted: int = 0
    bytes_received: int = 0
    closed_with: int | None = None

    async def open(self) -> None:
        headers = {"Cookie": self.cookie} if self.cookie else None
        self.socket: ClientConnection = await connect(
            self.url,
            origin=self.origin,  # type: ignore[arg-type]
            additional_headers=headers,
            max_size=None,
            compression=None,
            proxy=None,
            ping_interval=None,
            open_timeout=30,
        )

    async def read(self, payloads: Payloads, expected: int, counted: str) -> None:
        """Until `expected` frames of the type `counted` came, or the server says that it is over."""
        mark = f'"type":"{counted}"'.encode()
        n = 0
        try:
            while self.counted < expected:
                frame = await self.socket.recv(decode=False)
                self.times.append(time.monotonic_ns())
                # Every frame begins {"n":7,
                head, _, payload = frame.partition(b",")
                previous, n = n, int(head[5:])
                self.counter_gaps += n != previous + 1
                self.bytes_received += len(frame)
                self.frames.append(payloads.number(payload))
                if n % ACKNOWLEDGED_EVERY == 0:
                    await self.socket.send(f'{{"type":"ack","n":{n}}}')
                if mark in payload[:200]:
                    self.counted += 1
                elif payload.startswith(b'"type":"over"'):
                    return
        except ConnectionClosed:
            self.closed_with = self.socket.close_code


class Tokens:
    """When each token of a piece was written: a token belongs to the piece that completes it."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = defaultdict(str)
        self.taken: dict[str, int] = defaultdict(int)

    def of(self, message_id: str, text: str) -> list[tuple[int, int]]:
        """(number, written at in ns) of the tokens that `text` completes. In order of the pieces."""
        self.texts[message_id] += text
        tokens = []
        for match in TOKEN.finditer(self.texts[message_id], self.taken[message_id]):
            self.taken[message_id] = match.end()
            tokens.append((int(match[1]), int(match[2])))
        return tokens


def judge(watchers: list[Watcher], payloads: Payloads) -> Json:
    """What came, when, how often, and whether the texts are whole."""
    envelopes = [json.loads(b"{" + payload) for payload in payloads.kept]
    # Tokens of each piece, once for all watchers; pieces are in order for the first who saw them.
    tokens, written = Tokens(), {}
    for envelope in envelopes:
        for message_id, index, text in _pieces(envelope):
            if (message_id, index) not in written:
                written[message_id, index] = tokens.of(message_id, text)
    latencies = array("d")
    problems: dict[str, int] = defaultdict(int)
    finals: list[dict[str, str]] = []
    delivered = frames = 0
    for watcher in watchers:
        seen: dict[str, int] = {}
        texts: dict[str, str] = {}
        final: dict[str, str] = {}
        seqs: set[int] = set()
        frames += len(watcher.frames)
        problems["frame counters that skip"] += watcher.counter_gaps
        problems["sockets closed early"] += watcher.closed_with is not None
        for number, at in zip(watcher.frames, watcher.times, strict=True):
            envelope = envelopes[number]
            seq = envelope.get("seq")
            if seq is not None:
                problems["events twice"] += seq in seqs
                seqs.add(seq)
            for message_id, index, text in _pieces(envelope):
                expected = seen.get(message_id, -1) + 1
                problems["pieces twice"] += index < expected
                problems["pieces missing"] += max(0, index - expected)
                seen[message_id] = max(index, seen.get(message_id, -1))
                texts[message_id] = texts.get(message_id, "") + text
                for _, stamp in written[message_id, index]:
                    latencies.append((at - stamp) / 1e6)
                delivered += len(written[message_id, index])
            if envelope["type"] == "message.finished":
                message = envelope["data"]["message"]
                text = message["text"]
                final[message["id"]] = text
                # The end may bring tokens that no piece told.
                problems["texts that differ from their pieces"] += not text.startswith(texts[message["id"]])
                rest = text[len(texts[message["id"]]) :]
                for match in TOKEN.finditer(rest):
                    latencies.append((at - int(match[2])) / 1e6)
                    delivered += 1
        finals.append(final)
        # Out of order is within the protocol (several processes broadcast), missing is not.
        problems["events missing"] += max(seqs) - min(seqs) + 1 - len(seqs) if seqs else 0
    problems["watchers with other final texts than the first"] += sum(f != finals[0] for f in finals)
    return {
        "latencies": latencies,
        "delivered": delivered,
        "frames": frames,
        "bytes": sum(watcher.bytes_received for watcher in watchers),
        "problems": dict(problems),
        "finals": finals[0],
        "payloads": len(payloads.kept),
        "delta_bytes": [len(p) for p, e in zip(payloads.kept, envelopes, strict=True) if _is_deltas(e)],
    }


def _is_deltas(envelope: Json) -> bool:
    return bool(envelope["type"] == "message.deltas")


def _pieces(envelope: Json) -> list[tuple[str, int, str]]:
    """(message, index, text) of an envelope."""
    if _is_deltas(envelope):
        return [(d["message_id"], d["index"], d["text"]) for d in envelope["data"]["deltas"]]
    if envelope["type"] == "message.posted":
        message = envelope["data"]["message"]
        return [(message["id"], message["index"], message["text"])]
    return []


async def watch(orders: Json) -> tuple[list[Watcher], Payloads, float]:
    """Opens all sockets, says so on standard output, reads to the end. With the CPU of reading."""
    payloads = Payloads()
    watchers = [Watcher(s["url"], s.get("origin"), s.get("cookie")) for s in orders["sockets"]]
    for start in range(0, len(watchers), 10):
        await asyncio.gather(*(watcher.open() for watcher in watchers[start : start + 10]))
    ending = orders["expected"], orders.get("counted", "message.finished")
    tasks = [asyncio.create_task(watcher.read(payloads, *ending)) for watcher in watchers]
    before = cpu_seconds(os.getpid())
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    if orders.get("go"):
        await watchers[0].socket.send(orders["go"])
    _, late = await asyncio.wait(tasks, timeout=orders["seconds"])
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    used = cpu_seconds(os.getpid()) - before
    await asyncio.gather(*(watcher.socket.close() for watcher in watchers), return_exceptions=True)
    return watchers, payloads, used


def main() -> None:
    watchers, payloads, used = asyncio.run(watch(json.loads(sys.stdin.readline())))
    # Told before the judging, which takes a second of its own.
    sys.stdout.buffer.write(b"done\n")
    sys.stdout.buffer.flush()
    pickle.dump({"cpu": used, **judge(watchers, payloads)}, sys.stdout.buffer)


if __name__ == "__main__":
    main()
