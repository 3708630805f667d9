"""What people do in front of the pages."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from playwright.async_api import Locator, Page, expect


async def create_room(page: Page, *, name: str, room: str, cast: list[str]) -> None:
    await page.get_by_role("link", name="New room").click()
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("Room name").fill(room)
    for persona in cast:
        await page.get_by_role("checkbox", name=re.compile(rf"^{persona}\b")).check(force=True)
    await page.get_by_role("button", name="Create room").click()
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()


async def join(page: Page, *, name: str) -> None:
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_role("textbox", name="Message")).to_be_visible()


async def invite_link(page: Page) -> str:
    room_id = page.url.rstrip("/").rsplit("/", 1)[-1]
    snapshot = await page.evaluate("id => fetch(`/api/rooms/${id}/`).then(r => r.json())", room_id)
    origin = page.url.split("/rooms/")[0]
    return f"{origin}/join/{snapshot['room']['invite']}/"


async def say(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Message")
    await box.fill(text)
    await box.press("Escape")  # closes the mention menu, as a person does who typed the whole name
    await box.press("Enter")


def messages(page: Page, author: str, state: str) -> Locator:
    return page.locator(f'article[data-author="{author}"][data-state="{state}"]')


async def wait_for(page: Page, expression: str) -> None:
    """Until `expression` is true. Playwright's own `wait_for_function` looks a second time by `eval`, which
    the pages' content policy forbids: it works only for what is true at once."""
    async with asyncio.timeout(30):
        while not await page.evaluate(expression):  # noqa: ASYNC110 (the page has no event for it)
            await asyncio.sleep(0.05)


async def picture(page: Page, name: str) -> None:
    """For whoever wants to look: PICTURES names a folder."""
    if folder := os.environ.get("PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png")
