"""A room from a preset, edited before it is made; edits are not lost without a question."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opener
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


async def test_a_preset_fills_in_and_never_takes_an_edit_unasked(stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(stack.base_url)
    await alice.get_by_role("link", name="New room").first.click()
    await alice.get_by_label("Your name").fill("Alice")
    name = alice.get_by_label("Room name")
    await alice.locator("label.preset", has_text="Design review").click()
    await expect(name).to_have_value("Design review")
    await expect(alice.get_by_role("checkbox", name="Ada")).to_be_checked()

    await name.fill("Safety of our assistant")
    await alice.locator("label.preset", has_text="AI safety council").click()
    await alice.get_by_role("button", name="Keep mine").click()
    await expect(name).to_have_value("Safety of our assistant")
    await expect(alice.get_by_role("checkbox", name="Ada")).not_to_be_checked()
    await expect(alice.get_by_role("checkbox", name="Kira")).to_be_checked()

    await alice.locator("label.preset", has_text="Design review").click()
    await alice.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(alice.get_by_role("radio", name="AI safety council")).to_be_checked()
    await expect(alice.get_by_role("checkbox", name="Kira")).to_be_checked()

    await alice.get_by_role("checkbox", name="Lior").uncheck(force=True)
    await alice.get_by_role("button", name="Create room").click()
    await expect(alice.get_by_role("heading", name="Safety of our assistant").first).to_be_visible()
    await expect(alice.get_by_text("Kira").first).to_be_visible()
    await expect(alice.get_by_text("Lior")).to_have_count(0)
