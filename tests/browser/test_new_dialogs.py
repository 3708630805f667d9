"""Every dialog about what personas do opens and shows what it is for: wide, and on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say, wait_for
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def opened(page: Page, title: str, sees: str) -> Locator:
    """The dialog `title`, with `sees` in it, and nothing beyond its edge."""
    dialog = page.get_by_role("dialog", name=title, exact=True)
    await expect(dialog).to_contain_text(sees)
    assert await dialog.evaluate("d => d.scrollWidth <= d.clientWidth"), title
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), title
    return dialog


async def look(page: Page, title: str, sees: str) -> None:
    dialog = await opened(page, title, sees)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    # The focus went back to what opened it.
    await wait_for(page, "document.activeElement !== document.body")


async def of_message(page: Page, author: str, button: str) -> None:
    row = messages(page, author, "complete").first
    await row.focus()
    await row.get_by_role("button", name=button).click()


async def visit(page: Page) -> None:
    await page.get_by_role("button", name="Search this room").click()
    await look(page, "Search this room", "Words, or their beginnings")
    await page.get_by_role("button", name="New poll").click()
    await look(page, "Ask the room", "AI personas")
    await page.get_by_role("button", name="Room settings").click()
    await look(page, "Room settings", "Who answers when nobody is called?")
    await of_message(page, "Alice", "Who answers, and why")
    await look(page, "Who answers, and why", "Answered")
    await of_message(page, "Ada", "See as Ada")
    await look(page, "What Ada was given", "Word for word")

    participants = page.get_by_role("button", name="Participants", exact=True)
    if await participants.get_attribute("aria-expanded") != "true":
        await participants.click()
    await page.get_by_role("button", name="Usage and budgets").click()
    await look(page, "Usage and budgets", "By persona")
    await page.get_by_role("button", name="Manage Ada").click()
    await look(page, "Ada", "Fallback models")
    await page.get_by_role("button", name="Room memory").click()
    dialog = await opened(page, "What the room remembers", "The shed is free.")
    await dialog.get_by_role("button", name="Forget “The shed is free.”").click()
    # What was pressed is gone, and the focus is with what took its place.
    await expect(dialog.get_by_role("alert").get_by_role("button", name="Cancel")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("button", name="Forget “The shed is free.”")).to_be_focused()
    await look(page, "What the room remembers", "The shed is free.")


async def test_each_opens_wide_and_on_a_phone(demo_stack: Stack, open_browser: Opener) -> None:
    problems: list[str] = []
    alice = await open_browser(demo_stack.base_url, viewport={"width": 1440, "height": 900})
    alice.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    await create_room(alice, name="Alice", room="Riverside tool library", cast=["Ada", "Bo"])
    bob = await open_browser(await invite_link(alice))
    await join(bob, name="Bob")
    await say(alice, "@Ada what would a tool library need?")
    await expect(messages(alice, "Ada", "complete")).to_have_count(1)
    await alice.get_by_role("button", name="Room memory").click()
    await alice.get_by_label("Something to remember").fill("The shed is free.")
    await alice.get_by_role("button", name="Remember it").click()
    await look(alice, "What the room remembers", "by Alice")
    await visit(alice)

    # Alice again, on her phone.
    phone = await open_browser(alice.url, storage_state=await alice.context.storage_state(), **PHONE)
    phone.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    await visit(phone)
    assert problems == []
