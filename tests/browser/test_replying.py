"""Replying to a persona: the quote above the box, the wake, the way there and back."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

LONG = "\n\n".join(f"Paragraph {k} of a long answer." for k in range(60))


async def test_a_reply_wakes_its_persona_and_leads_there_and_back(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(text="Ada: We ship on **Friday**.", user="You are Ada"),
        Step(text=LONG, user=re.escape("\nWe ship on **Friday**.\n</reply_to>\nWhy?\n</trigger>")),
    )
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo"])
    bob = await open_browser(await invite_link(alice))
    await join(bob, name="Bob")
    await say(alice, "@Ada when do we ship?")
    first = messages(bob, "Ada", "complete").first
    await expect(first.locator(".message-text")).to_have_text("We ship on Friday.")

    await first.get_by_role("button", name="Reply").focus()
    await bob.keyboard.press("Enter")
    preview = bob.get_by_role("group", name="Replying to Ada")
    await expect(preview).to_contain_text("We ship on Friday.")
    box = bob.get_by_role("textbox", name="Message")
    await expect(box).to_be_focused()
    await box.fill("Why?")
    await bob.reload()
    await expect(preview).to_contain_text("We ship on Friday.")
    await expect(box).to_have_value("Why?")
    await box.press("Enter")
    await expect(preview).to_have_count(0)

    await expect(messages(alice, "Ada", "complete")).to_have_count(2)
    reply = messages(alice, "Bob", "complete")
    quote = reply.get_by_role("button", name="Go to the message of Ada: We ship on Friday.")
    await expect(alice.locator("article").last).to_contain_text("Paragraph 59")
    await quote.click()
    original = messages(alice, "Ada", "complete").first
    await expect(original).to_be_in_viewport()
    await expect(original).to_be_focused()
    await alice.get_by_role("button", name="Back to the reply").click()
    await expect(reply).to_be_focused()
    await expect(alice.get_by_role("button", name="Back to the reply")).to_have_count(0)
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}
