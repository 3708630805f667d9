"""What people see of limits: a reply that was cut where it spoke for somebody, a budget nearly and
wholly spent, and what became of whoever was called after that."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, picture, say
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

# A model without a price counts 5 USD a million tokens.
DOLLAR = 200_000


def costing(dollars: float, text: str, user: str) -> Step:
    read = int(dollars * DOLLAR)
    usage = {"prompt_tokens": read, "completion_tokens": 1, "total_tokens": read + 1}
    return Step(text=text, user=user, usage=usage)


async def test_limits_are_said_in_the_room(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(text="The oak board holds.\n\nBob: I would rather take the ash.", user="hello"),
        costing(0.85, "It holds.", "once"),
        costing(0.5, "It still holds.", "twice"),
    )
    alice = await open_browser(stack.base_url, viewport={"width": 1440, "height": 900})
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada"])
    room_id = alice.url.rstrip("/").rsplit("/", 1)[-1]
    phone = await open_browser(
        await invite_link(alice), viewport={"width": 390, "height": 844}, color_scheme="dark"
    )
    await join(phone, name="Bob")

    await say(alice, "@Ada hello")
    for page in (alice, phone):
        cut = messages(page, "Ada", "complete")
        await expect(cut).to_contain_text("The oak board holds.")
        await expect(cut).to_contain_text("Cut here: the model began to speak for Bob.")
        await expect(cut).not_to_contain_text("ash")

    await alice.get_by_role("button", name="Usage and budgets").first.click()
    usage = alice.get_by_role("dialog")
    await picture(alice, "limits-usage")
    await usage.get_by_label("The room may cost each day (US$)").fill("1")
    await picture(alice, "limits-usage-set")
    await usage.get_by_role("button", name="Save").click()
    await alice.keyboard.press("Escape")
    await say(alice, "@Ada once")
    for page in (alice, phone):
        await expect(page.get_by_test_id("budget-note")).to_contain_text("80 %")
    await picture(alice, "limits-warned")
    await picture(phone, "limits-warned-phone")

    await say(phone, "@Ada twice")
    for page in (alice, phone):
        await expect(page.get_by_test_id("budget-note")).to_contain_text("has used up its budget")
    await say(phone, "@Ada thrice")
    for page, name in ((alice, "limits-spent"), (phone, "limits-spent-phone")):
        await expect(page.get_by_test_id("refusal-note")).to_contain_text("1.00 USD a day")
        await picture(page, name)
    assert room_id in phone.url
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}
