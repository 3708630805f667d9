"""What Parley keeps in memory: idle after `manage.py up`, and after a busy while.

    python -m bench.memory --seconds 10 --json FILE

Starts Parley as people do. Idle is read once it is ready and has been left alone; then six
personas stream at once to 200 watchers, and it is read again when they have left. RSS
counts pages that processes share in each of them, PSS in parts, so that its sum is what the
machine really gives. The floor is a bare Python with Django set up and no app of ours.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.crowd import Watchers, take_seats
from bench.measures import carry_out, parser, table, verdict
from config.preflight import problems_of
from config.processes import BASE_DIR
from tests.stack.client import Person
from tests.stack.scripted_provider import ScriptedProvider
from tests.stack.scripted_steps import Echo
from tests.stack.stack import free_port
from tests.stack.waiting import wait_until

TARGETS = {"web": 130.0, "worker": 350.0, "all": 550.0}
TOKENS_PER_SECOND = 50.0
CAST = 6
SETTLE_SECONDS = 8.0

_BARE = """
import sys, django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"])
django.setup()
from django.core.asgi import get_asgi_application; get_asgi_application()
print("ready", flush=True); sys.stdin.read()
"""


def memory_of(pid: int) -> dict[str, float]:
    """RSS and PSS now, and the highest RSS so far. In MB of 10⁶ bytes."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text() + Path(f"/proc/{pid}/status").read_text()
    found = {name: re.search(rf"^{name}:\s+(\d+) kB", rollup, re.M) for name in ("Rss", "Pss", "VmHWM")}
    return {name: int(match[1]) * 1024 / 1e6 for name, match in found.items() if match}


def processes_of(parent: int) -> dict[str, int]:
    """The supervisor and its children, by what they are."""
    named = {"supervisor": parent}
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for pid in map(int, children):
        command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        known = {"daphne": "web", "celery": "worker"}
        name = next((known[word] for word in command if word in known), Path(command[0]).name.split(" ")[0])
        named[name] = pid
    return named


@contextmanager
def up(directory: str, environment: dict[str, str]) -> Iterator[tuple[str, dict[str, int]]]:
    """`manage.py up` with data of its own: its address, and its processes once it is ready."""
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PARLEY_") and not k.endswith("_API_KEY")}
    kept.pop("REDIS_URL", None)
    command = [sys.executable, "manage.py", "up", "--port", str(port)]
    log = Path(directory) / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=BASE_DIR,
            env=kept | {"PARLEY_DATA_DIR": f"{directory}/data", **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: not problems_of("127.0.0.1", port), "Parley", seconds=90, step=0.2)
        yield f"http://127.0.0.1:{port}", processes_of(process.pid)
    except BaseException:
        print(log.read_text())
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def measure_floor() -> dict[str, float]:
    command = [sys.executable, "-c", _BARE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        memory = memory_of(process.pid)
        process.terminate()
    return memory


async def load(base_url: str, options: Any) -> None:
    """Six replies of `seconds` in front of the watchers."""
    async with Person(base_url, "Alice") as alice:
        await alice.become_guest()
        cast = [persona["name"] for persona in (await alice.get("/api/personas/"))["results"]][:CAST]
        room_id = await alice.create_room("Bench", personas=cast)
        sockets = await take_seats(alice, room_id, options.watchers)
        orders = {"sockets": sockets, "expected": len(cast), "seconds": 3 * options.seconds + 30}
        watchers = await asyncio.to_thread(Watchers, orders)
        try:
            async with alice.open(room_id) as room:
                await room.post("@all speak, please.")
                await asyncio.to_thread(watchers.wait)
                result = await asyncio.to_thread(watchers.result)
        finally:
            watchers.kill()
    if any(result["problems"].values()):
        raise SystemExit(f"The load was not what it should be: {result['problems']}")


async def run(options: Any) -> dict[str, Any]:
    tokens = round(options.seconds * TOKENS_PER_SECOND)
    echo = Echo(tokens=tokens, tokens_per_second=TOKENS_PER_SECOND)
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as directory:
        async with ScriptedProvider(echo=echo) as provider:
            environment = {
                "PARLEY_ARRIVALS_PER_MINUTE": "1000000",  # a crowd comes from one address here
                "PARLEY_OPENAI_BASE_URL": provider.url,
                "PARLEY_OPENAI_API_KEY": "not-a-real-key",
                "PARLEY_OPENAI_NAME": "scripted",
                "PARLEY_DEFAULT_MODEL": "scripted/parrot",
            }
            with up(directory, environment) as (base_url, pids):
                await asyncio.sleep(SETTLE_SECONDS)
                idle = {name: memory_of(pid) for name, pid in pids.items()}
                await load(base_url, options)
                await asyncio.sleep(SETTLE_SECONDS)
                after = {name: memory_of(pid) for name, pid in pids.items()}
    return {
        "bench": "memory",
        "watchers": options.watchers,
        "idle": idle,
        "after": after,
        "floor": measure_floor(),
    }


def total(memory: dict[str, dict[str, float]], what: str) -> float:
    return sum(process[what] for process in memory.values())


def report(result: dict[str, Any]) -> None:
    idle, after, floor = result["idle"], result["after"], result["floor"]
    print(f"Memory of `manage.py up`, MB; the load is {CAST} streams to {result['watchers']} watchers")
    rows: list[tuple[Any, ...]] = [
        (name, m["Rss"], m["Pss"], after[name]["Rss"], after[name]["Pss"], after[name]["VmHWM"])
        for name, m in idle.items()
    ]
    sums = [total(memory, what) for memory in (idle, after) for what in ("Rss", "Pss")]
    rows.append(("all", *sums, ""))
    rows.append(("floor: Python and Django", floor["Rss"], floor["Pss"], "", "", ""))
    print(table(("", "idle RSS", "idle PSS", "after RSS", "after PSS", "peak RSS"), rows))
    ratio = total(idle, "Rss") / floor["Rss"]
    print(f"\nRatio to the floor, RSS: web {idle['web']['Rss'] / floor['Rss']:.1f}, all {ratio:.1f} times")
    for name, most in TARGETS.items():
        value = total(idle, "Rss") if name == "all" else idle[name]["Rss"]
        print(verdict(f"idle, RSS, {name}", value, most, "MB"))
    for name in ("web", "worker"):
        print(verdict(f"after the load, RSS, {name}", after[name]["Rss"], TARGETS[name], "MB"))


def main() -> None:
    options = parser(__doc__, rounds=1, seconds=10)
    options.add_argument("--watchers", type=int, default=200)
    carry_out(options, run, report)


if __name__ == "__main__":
    main()
