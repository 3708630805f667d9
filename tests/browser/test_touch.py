"""What a finger reaches, where nothing hovers."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, messages, say
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


async def test_a_tap_shows_what_can_be_done_with_a_message(stack: Stack, open_browser: Opener) -> None:
    phone = await open_browser(
        stack.base_url, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    await create_room(phone, name="Alice", room="Workshop", cast=[])
    for text in ("First words", "And a line that goes on"):
        await say(phone, text)
        await expect(messages(phone, "Alice", "complete").last).to_contain_text(text)
    first, grouped = messages(phone, "Alice", "complete").nth(0), messages(phone, "Alice", "complete").nth(1)
    await expect(first.get_by_role("button", name="Reply")).to_be_visible()
    await expect(grouped.get_by_role("button", name="Reply")).to_be_hidden()
    await grouped.locator(".message-text").tap()
    await grouped.get_by_role("button", name="Reply").tap()
    await expect(phone.get_by_role("group", name="Replying to Alice")).to_contain_text("goes on")
    await expect(phone.get_by_role("textbox", name="Message")).to_be_focused()
