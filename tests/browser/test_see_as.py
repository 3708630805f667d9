""" "See as": what a persona was given, opened from its message by a member, on a phone too."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, picture, say
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


async def test_a_member_sees_what_a_persona_was_given(demo_stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(demo_stack.base_url, viewport={"width": 1440, "height": 900})
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada"])
    phone = await open_browser(
        await invite_link(alice), viewport={"width": 390, "height": 844}, has_touch=True
    )
    await join(phone, name="Bob")
    await say(alice, "The board is <b>oak</b>.")
    await say(alice, "@Ada what do you think about a tool library for our street?")
    for page, name in ((alice, "wide"), (phone, "phone")):
        reply = messages(page, "Ada", "complete")
        await expect(reply).to_have_count(1)
        await reply.focus()
        await reply.get_by_role("button", name="See as Ada").click()
        dialog = page.get_by_role("dialog", name="What Ada was given")
        await expect(dialog.locator('[data-kind="verbatim"]')).to_contain_text("2 messages")
        await expect(dialog.locator('[data-kind="dropped"]')).to_contain_text("0 messages")
        conversation = dialog.locator('[data-part="conversation"]')
        await picture(page, f"see-as-{name}")
        await conversation.locator("summary").click()
        # As it was given, and drawn as text.
        await expect(conversation.locator("pre")).to_contain_text("The board is &lt;b&gt;oak&lt;/b&gt;.")
        await picture(page, f"see-as-{name}-open")
        wide = await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert wide
        assert await dialog.evaluate("d => d.scrollWidth <= d.clientWidth")
        await dialog.locator('[data-part="raw"] summary').click()
        await expect(dialog.locator('[data-part="raw"] pre')).to_contain_text("--- user ---")
        await picture(page, f"see-as-{name}-raw")
        await dialog.get_by_role("button", name="Close").click()
        await expect(dialog).to_have_count(0)
