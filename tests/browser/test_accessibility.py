"""Every screen without a serious fault that axe can find, in light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, messages, say
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

REPLY = "# Plan\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n- one\n- two\n\n`code` and [a link](https://example.org)\n"

# Two frames for the new scheme to reach the styles, then whatever fades because of it.
COLOURS_HAVE_SETTLED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  const fading = document.getAnimations().filter((a) => a instanceof CSSTransition);
  await Promise.all(fading.map((a) => a.finished.catch(() => null)));
}"""


async def assert_no_fault(page: Page, screen: str) -> None:
    for scheme in ("light", "dark"):
        await page.emulate_media(
            color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
        )
        await page.evaluate(COLOURS_HAVE_SETTLED)
        results = await Axe().run(page)
        faults = [
            f"{fault['id']} ({fault['impact']}): {[node['target'] for node in fault['nodes']]}"
            for fault in results.response["violations"]
            if fault["impact"] in {"serious", "critical"}
        ]
        assert faults == [], f"{screen}, {scheme}"


async def test_no_screen_has_a_serious_fault(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    stack.provider.script(Step(text=REPLY, user="You are Ada"), Step(status=500, user="You are Bo"))
    alice = await open_browser(stack.base_url)
    await assert_no_fault(alice, "lobby")
    await alice.goto(f"{stack.base_url}/rooms/new/")
    await expect(alice.get_by_label("Room name")).to_be_visible()
    await assert_no_fault(alice, "create")
    await alice.goto(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo"])
    await assert_no_fault(alice, "an empty room")
    await say(alice, "@Ada and @Bo, the plan?")
    await expect(messages(alice, "Ada", "complete")).to_be_visible()
    await expect(alice.get_by_role("button", name="Retry")).to_be_visible()
    await assert_no_fault(alice, "a room with a reply and a failure")
    bob = await open_browser(await invite_link(alice))
    await expect(bob.get_by_label("Your name")).to_be_visible()
    await assert_no_fault(bob, "join")
