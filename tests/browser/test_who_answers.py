"""Who answers, and why: told, muted, posted quietly, one after the other, and shown beside a message."""

from __future__ import annotations

import os

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


async def look(page: Page, name: str) -> None:
    """Keeps a picture, where somebody wants to look."""
    directory = os.environ.get("PICTURES")
    if directory:
        await page.screenshot(path=f"{directory}/{name}.png")


async def why(page: Page, said: str) -> Locator:
    row = page.locator("article", has_text=said).first
    await row.hover()
    await row.get_by_role("button", name="Who answers, and why").click()
    return page.get_by_role("dialog")


def line(dialog: Locator, name: str) -> Locator:
    return dialog.locator(f'[data-testid="wakes"] [data-name="{name}"]')


async def test_one_after_the_other_and_why(demo_stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(demo_stack.base_url, viewport={"width": 1440, "height": 900})
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo", "Dara"])
    await say(alice, "@Ada sum up the launch plan, then hand over to @Bo to find the weak spot")
    await expect(messages(alice, "Ada", "complete")).to_have_count(1)
    await expect(messages(alice, "Bo", "complete")).to_have_count(1)
    dialog = await why(alice, "sum up the launch plan")
    await expect(line(dialog, "Ada")).to_contain_text("Answered")
    await expect(line(dialog, "Ada")).to_contain_text("Its part: sum up the launch plan")
    await expect(line(dialog, "Bo")).to_contain_text("It was asked to speak after Ada")
    await expect(line(dialog, "Dara")).to_contain_text("Somebody else was meant")
    await look(alice, "wakes")
    await dialog.get_by_role("button", name="Close").click()
    await expect(messages(alice, "Bo", "complete")).to_have_count(1)  # once, though Ada named it as well

    bob = await open_browser(await invite_link(alice), viewport={"width": 390, "height": 844})
    await join(bob, name="Bob")
    dialog = await why(bob, "sum up the launch plan")
    await expect(line(dialog, "Bo")).to_contain_text("Answered")
    await look(bob, "wakes-phone")


async def test_quietly_muted_and_speaking_now(demo_stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(demo_stack.base_url, viewport={"width": 1440, "height": 900})
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo"])
    toggle = alice.get_by_role("button", name="Post without waking anyone")
    await toggle.click()
    await alice.get_by_role("textbox", name="Message").fill("@Ada is away on Friday, just for the record")
    await look(alice, "quiet-composer")
    await alice.get_by_role("textbox", name="Message").press("Escape")
    await alice.get_by_role("textbox", name="Message").press("Enter")
    await expect(messages(alice, "Alice", "complete")).to_contain_text("woke nobody")
    await expect(toggle).to_have_attribute("aria-pressed", "false")
    dialog = await why(alice, "just for the record")
    await expect(line(dialog, "Ada")).to_contain_text("posted without waking anyone")
    await dialog.get_by_role("button", name="Close").click()

    await alice.get_by_role("button", name="Have Ada speak now").click()
    await expect(messages(alice, "Ada", "complete")).to_have_count(1)
    await look(alice, "spoken")

    await (
        alice.locator('[data-testid="participant"][data-name="Bo"]')
        .get_by_role("button", name="Manage Bo")
        .click()
    )
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_role("button", name="Mute").click()
    await expect(dialog.get_by_role("button", name="Unmute")).to_be_visible()
    await look(alice, "persona-dialog")
    await dialog.get_by_role("button", name="Cancel").click()
    await say(alice, "@Bo, what do you think?")
    await expect(alice.get_by_test_id("refusal-note")).to_contain_text("Bo is muted in this room")
    await look(alice, "muted")

    await alice.get_by_role("button", name="Room settings").click()
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_role("radio", name="Whom a small model chooses").check()
    await look(alice, "policy")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await say(alice, "Which steps and interfaces would turn the idea into something?")
    await expect(messages(alice, "Ada", "complete")).to_have_count(2)
    dialog = await why(alice, "Which steps and interfaces")
    await expect(line(dialog, "Ada")).to_contain_text("the router chose it")
    await look(alice, "routed")
