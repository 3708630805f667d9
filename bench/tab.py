"""A tab that stays open in a busy room: does the browser's memory stay within bounds?

    python -m bench.tab --messages 10000 --json FILE

Chromium follows a room in which people say thousands of messages as fast as the server takes
them, and a persona answers now and then: an hour's worth in minutes. What its renderer holds
of its own (resident, without what is mapped from files) is read along the way, and at the end
what its JavaScript still uses after a collection. The floor is the same tab before the first
message.
"""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from typing import Any

from playwright.async_api import Browser, CDPSession, Page, async_playwright

from bench.long import AT_ONCE, ENVIRONMENT, PEOPLE, REPLY, anonymous_mb, speak
from bench.measures import Load, carry_out, parser, table, verdict
from bench.stacks import fresh_stack
from tests.browser.conftest import ARGUMENTS
from tests.browser.people import create_room
from tests.stack.client import Person
from tests.stack.stack import Stack

TARGET_MB = 300.0
SAMPLE_SECONDS = 2.0


async def renderer_mb(session: CDPSession) -> float:
    """Of the largest renderer; Chromium keeps a small one in reserve."""
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    return max(anonymous_mb(int(one["id"])) for one in processes if one["type"] == "renderer")


async def heap_mb(page: Page) -> float:
    """What JavaScript uses, garbage left out."""
    session = await page.context.new_cdp_session(page)
    await session.send("HeapProfiler.collectGarbage")
    return float((await session.send("Runtime.getHeapUsage"))["usedSize"]) / 1e6


async def sample(session: CDPSession, memory: list[float]) -> None:
    while True:
        memory.append(await renderer_mb(session))
        await asyncio.sleep(SAMPLE_SECONDS)


async def measure(stack: Stack, browser: Browser, count: int) -> dict[str, Any]:
    page = await (await browser.new_context()).new_page()
    session = await browser.new_browser_cdp_session()
    await page.goto(stack.base_url, wait_until="networkidle")
    await create_room(page, name="Alice", room="Bench", cast=["Ada"])
    room_id = page.url.rstrip("/").rsplit("/", 1)[-1]
    invite = await page.evaluate(
        "async (id) => (await (await fetch(`/api/rooms/${id}/`)).json()).room.invite", room_id
    )
    before = await renderer_mb(session), await heap_mb(page)
    texts = ["word " * length for length in (3, 12, 30, 80)]
    memory: list[float] = []
    async with AsyncExitStack() as life:
        rooms = []
        for k in range(PEOPLE):
            person = await life.enter_async_context(Person(stack.base_url, f"Person {k}"))
            await person.join(invite)
            rooms.append(await life.enter_async_context(person.open(room_id)))
        sampling = asyncio.create_task(sample(session, memory))
        numbers = iter(range(1, count + 1))
        try:
            await asyncio.gather(*(speak(room, numbers, texts) for room in rooms * AT_ONCE))
            # The last of them is on the screen: nothing was left out.
            await page.get_by_text(f"{count}: ").last.wait_for(timeout=60_000)
        finally:
            sampling.cancel()
    after = await renderer_mb(session), await heap_mb(page)
    rows = await page.locator("[data-row]").count()
    return {"before": before, "after": after, "most": max(*memory, after[0]), "rows": rows, "samples": memory}


async def run(options: Any) -> dict[str, Any]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("Chromium is missing: apt-get install chromium.")
    with fresh_stack(options.database, provider_options=REPLY, environment=ENVIRONMENT) as stack:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
            load = Load()
            measured = await measure(stack, browser, options.messages)
            cores = load.cores()
            await browser.close()
    return {
        "bench": "tab",
        "database": options.database,
        "messages": options.messages,
        "cores_busy": cores,
        **measured,
    }


def report(result: dict[str, Any]) -> None:
    print(f"A tab in which {result['messages']:,} messages arrive ({result['database']}), MB")
    before, after = result["before"], result["after"]
    rows = [
        ("renderer", before[0], after[0], f"{after[0] / before[0]:.1f}"),
        ("JavaScript heap", before[1], after[1], f"{after[1] / before[1]:.1f}"),
    ]
    print(table(("", "before", "after", "times"), rows))
    print(f"\nRows in the page at the end: {result['rows']}")
    print(f"Cores busy meanwhile, by anything on this machine: {result['cores_busy']:.2f}")
    print(verdict("renderer, at the most", result["most"], TARGET_MB, "MB"))


def main() -> None:
    options = parser(__doc__, rounds=1, seconds=0)
    options.add_argument("--messages", type=int, default=10_000)
    carry_out(options, run, report)


if __name__ == "__main__":
    main()
