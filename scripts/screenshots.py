"""The pictures in the README and docs: `.venv/bin/python -m scripts.screenshots`.

Starts a stack with the demo voices, has three people and four personas talk, and writes
docs/images/. Needs Chromium on PATH and a font with colour emoji (fonts-noto-color-emoji).
The pictures are committed.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.conftest import ARGUMENTS
from tests.browser.people import create_room, invite_link, join, messages, say
from tests.stack.stack import Stack

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
QUESTION = "Good morning! @Ada, what could go wrong if we ship the new billing page on Friday?"
OBJECTION = (
    "@Gil and @Dara, do you agree? Support is thin at the weekend, so I would rather wait until Monday."
)


async def _page(browser: Browser, url: str, *, width: int, height: int, scheme: str = "light") -> Page:
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1.5,
    )
    page = await context.new_page()
    await page.goto(url)
    return page


async def _create_room_from(page: Page, preset: str) -> None:
    await page.goto(page.url.split("/rooms/")[0])
    await page.get_by_role("link", name="New room").click()
    await page.get_by_role("radio", name=preset).check()
    await page.get_by_role("button", name="Create room").click()
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()


async def _take_conversation(browser: Browser, base_url: str) -> Page:
    alice = await _page(browser, base_url, width=1280, height=800)
    await create_room(alice, name="Alice", room="Launch plan", cast=["Ada", "Bo", "Dara", "Gil"])
    link = await invite_link(alice)
    bob = await _page(browser, link, width=390, height=844, scheme="dark")
    await join(bob, name="Bob")
    carla = await _page(browser, link, width=1280, height=800, scheme="dark")
    await join(carla, name="Carla")
    await say(alice, QUESTION)
    await expect(messages(alice, "Ada", "complete")).to_be_visible()
    await say(bob, OBJECTION)
    for persona in ("Gil", "Dara"):
        await expect(messages(alice, persona, "streaming")).to_contain_text(" ")
    await alice.wait_for_timeout(400)  # some text in both, for the eye
    await alice.screenshot(path=IMAGES / "room.png")
    await bob.screenshot(path=IMAGES / "room-phone-dark.png")
    await carla.screenshot(path=IMAGES / "room-dark.png")
    return alice


async def _take_ways_in(page: Page, base_url: str) -> None:
    for preset in ("AI safety council", "Design review"):
        await _create_room_from(page, preset)
    await page.goto(base_url)
    await expect(page.get_by_role("heading", name="Your rooms")).to_be_visible()
    await page.screenshot(path=IMAGES / "lobby.png")
    await page.goto(f"{base_url}/rooms/new/")
    await page.get_by_role("radio", name="Design review").check()
    await page.mouse.move(0, 0)
    await page.screenshot(path=IMAGES / "create.png")


async def _take_run(browser: Browser, base_url: str) -> None:
    alice = await _page(browser, base_url, width=1280, height=800)
    await create_room(alice, name="Alice", room="Friday's menu", cast=["Ada", "Bo", "Dara"])
    await say(alice, "/consensus What do we cook on Friday?")
    dialog = alice.get_by_role("dialog", name="Think together")
    await dialog.get_by_label("What to choose from").fill("Lentil soup\nFlammkuchen")
    await dialog.get_by_role("button", name="Start", exact=True).click()
    card = alice.get_by_test_id("run-card")
    await expect(card).to_be_visible(timeout=120_000)
    await expect(card).to_contain_text("Votes")
    await alice.mouse.move(0, 0)
    await alice.wait_for_timeout(400)  # the scrolling to its end
    await alice.screenshot(path=IMAGES / "run.png")


async def _take(base_url: str) -> None:
    async with async_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        alice = await _take_conversation(browser, base_url)
        await _take_ways_in(alice, base_url)
        await _take_run(browser, base_url)
        await browser.close()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        Stack(Path(directory) / "stack", has_provider=False) as stack,
    ):
        asyncio.run(_take(stack.base_url))


if __name__ == "__main__":
    main()
