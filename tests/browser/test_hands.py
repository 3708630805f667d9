"""Raised hands, with the demo's router and voices and without any key: seen by everybody, granted by whoever
may write."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, picture, say, wait_for
from tests.browser.test_runs import bar, set_role
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

# Two personas' descriptions have words of it: the second raises a hand.
QUESTION = "Which <b>weak</b> assumption costs us the most steps?"
# In a debate of the demo about it Ada has more to say.
GOAL = "Which day should the tool library open?"
RUN_MS = 60_000
# Everything that a screen reader is told.
HEAR = """() => {
  window.heard = [];
  const region = document.querySelector('[data-testid=announcer]');
  const hear = () => window.heard.push(region.textContent);
  new MutationObserver(hear).observe(region, { characterData: true, childList: true, subtree: true });
}"""


def hand(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid="hand"][data-participant="{name}"]')


async def assert_no_fault(page: Page) -> None:
    found = (await Axe().run(page)).response["violations"]
    assert [fault["id"] for fault in found if fault["impact"] in {"serious", "critical"}] == []


async def settle_with(alice: Page, choice: str) -> None:
    await alice.get_by_role("button", name="Room settings").click()
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_role("radio", name=choice).check()
    await picture(alice, "hands-settings")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)


async def test_a_hand_that_the_router_heard_of_is_granted_by_a_tap(
    demo_stack: Stack, open_browser: Opener
) -> None:
    alice = await open_browser(demo_stack.base_url, viewport={"width": 1440, "height": 900})
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo"])
    bob = await open_browser(await invite_link(alice), viewport={"width": 390, "height": 844})
    await join(bob, name="Bob")
    dana = await open_browser(await invite_link(alice))
    await join(dana, name="Dana")
    await set_role(alice, "Dana", "viewer")
    await settle_with(alice, "Whom a small model chooses")

    await alice.evaluate(HEAR)
    await say(alice, QUESTION)
    await expect(messages(bob, "Bo", "complete")).to_have_count(1)
    for page in (alice, bob, dana):
        await expect(hand(page, "Ada")).to_contain_text("Ada raised a hand: “One thing about “assumption”")
    await expect(hand(dana, "Ada").get_by_role("button")).to_have_count(0)
    await wait_for(alice, "window.heard.join().includes('Ada raised a hand')")
    await picture(alice, "hands-wide")
    await picture(bob, "hands-phone")
    await assert_no_fault(bob)

    # By keys alone; the focus stays near when the row is gone.
    await hand(bob, "Ada").get_by_role("button", name="Let Ada speak").focus()
    await bob.keyboard.press("Enter")
    for page in (alice, bob, dana):
        await expect(page.get_by_test_id("hands")).to_have_count(0)
        await expect(messages(page, "Ada", "complete")).to_have_count(1)
    await wait_for(bob, "document.activeElement !== document.body")
    # Once.
    assert await alice.evaluate("window.heard.join().split('Ada raised a hand').length") == 2


async def test_in_a_run_it_is_heard_between_two_turns(demo_stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(demo_stack.base_url, viewport={"width": 1440, "height": 900})
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo"])
    await say(alice, "/roundrobin")
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_label("What should they find out?").fill(GOAL)
    await dialog.get_by_role("button", name="Start", exact=True).click()
    await expect(hand(alice, "Ada")).to_be_visible(timeout=RUN_MS)
    await hand(alice, "Ada").get_by_role("button", name="Let Ada speak").click()
    label = alice.get_by_test_id("run-label").filter(has_text="raised its hand")
    await expect(label).to_be_visible(timeout=RUN_MS)
    await expect(bar(alice)).to_contain_text("Round robin")
    await picture(alice, "hands-run")
    await expect(bar(alice)).to_have_count(0, timeout=RUN_MS)
    await expect(alice.get_by_test_id("hands")).to_have_count(0)
    await expect(label).to_have_count(1)
