"""Every screen without a serious fault that axe can find, in light and in dark.

Each scheme has pages of its own, without motion: in a page that changes its colours axe
measures the contrast of one scheme's text on the other's ground.
"""

from __future__ import annotations

import re
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [
    pytest.mark.browser,
    pytest.mark.stack,
    pytest.mark.parametrize("scheme", ["light", "dark"]),
]

Scheme = Literal["light", "dark"]
REPLY = """# Plan

| a | b |
| --- | --- |
| 1 | 2 |

- one
- [x] two

> `code`, **strong** and [a link](https://example.org)

```python
print("Hello")  # coloured
```
"""


async def assert_no_fault(page: Page) -> None:
    results = await Axe().run(page)
    faults = [
        f"{fault['id']} ({fault['impact']}): {[node['target'] for node in fault['nodes']]}"
        for fault in results.response["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]
    assert faults == []


async def visit(open_browser: Opener, url: str, scheme: Scheme, width: int = 1280) -> Page:
    return await open_browser(
        url,
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": width, "height": 800},
    )


async def test_the_lobby(stack: Stack, open_browser: Opener, scheme: Scheme) -> None:
    alice = await visit(open_browser, stack.base_url, scheme)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo"])
    await alice.get_by_role("link", name="All rooms").click()
    await expect(alice.get_by_role("heading", name="Your rooms")).to_be_visible()
    await assert_no_fault(alice)
    await alice.get_by_role("searchbox").fill("no such room")
    await expect(alice.get_by_text("No room matches")).to_be_visible()
    await assert_no_fault(alice)

    rooms = re.compile(r"/api/rooms/\?")
    await alice.route(rooms, lambda route: route.fulfill(json={"results": [], "next": None}))
    await alice.reload()
    await expect(alice.get_by_role("heading", name="No rooms yet")).to_be_visible()
    await assert_no_fault(alice)
    await alice.route(rooms, lambda route: route.abort())
    await alice.reload()
    await expect(alice.get_by_role("alert")).to_be_visible()
    await assert_no_fault(alice)


async def test_creation(stack: Stack, open_browser: Opener, scheme: Scheme) -> None:
    alice = await visit(open_browser, f"{stack.base_url}/rooms/new/", scheme)
    name = alice.get_by_role("textbox", name="Room name")
    await alice.get_by_role("radio", name="Design review").check()
    await assert_no_fault(alice)
    await name.fill("Mine")
    await alice.get_by_role("radio", name="Blank").click()
    await expect(alice.get_by_role("dialog")).to_be_visible()
    await assert_no_fault(alice)


async def test_joining(stack: Stack, open_browser: Opener, scheme: Scheme) -> None:
    alice = await visit(open_browser, stack.base_url, scheme)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada"])
    link = await invite_link(alice)
    bob = await visit(open_browser, link, scheme)
    await expect(bob.get_by_label("Your name")).to_be_visible()
    await assert_no_fault(bob)
    await join(bob, name="Bob")
    await bob.goto(link)
    await expect(bob.get_by_text("You are in this room already.")).to_be_visible()
    await assert_no_fault(bob)
    carol = await visit(open_browser, f"{stack.base_url}/join/nothing/", scheme)
    await expect(carol.get_by_role("heading", name="This invitation does not work")).to_be_visible()
    await assert_no_fault(carol)
    await carol.goto(alice.url)
    await expect(carol.get_by_role("heading", name="You are not in this room")).to_be_visible()
    await assert_no_fault(carol)
    await carol.goto(f"{stack.base_url}/mistyped/")
    await expect(carol.get_by_role("heading", name="There is nothing here")).to_be_visible()
    await assert_no_fault(carol)


async def test_a_conversation(stack: Stack, open_browser: Opener, scheme: Scheme) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(text=REPLY, user="You are Ada"),
        Step(status=500, user="You are Bo", times=2),
        Step(text="A reply that does not end", ending="stall", user="You are Dara"),
        Step(text="Never", first_delay=60, user="You are Gil"),
    )
    alice = await visit(open_browser, stack.base_url, scheme)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo", "Dara", "Gil"])
    await assert_no_fault(alice)
    await say(alice, "@Ada and @Bo, the plan?")
    await expect(messages(alice, "Ada", "complete").locator("code span").first).to_be_visible()
    await expect(alice.get_by_role("button", name="Retry")).to_be_visible()
    await assert_no_fault(alice)
    await say(alice, "@Dara and @Gil, and you?")
    await expect(messages(alice, "Dara", "streaming")).to_contain_text("does not end")
    await expect(alice.get_by_role("button", name="Stop all")).to_be_visible()
    await assert_no_fault(alice)
    await alice.get_by_role("textbox", name="Message").fill("@")
    await expect(alice.get_by_role("listbox")).to_be_visible()
    await assert_no_fault(alice)
    await alice.get_by_role("button", name="Stop all").click()
    await expect(messages(alice, "Dara", "stopped")).to_be_visible()
    await alice.get_by_role("textbox", name="Message").fill("")
    await messages(alice, "Ada", "complete").get_by_role("button", name="Reply").focus()
    await assert_no_fault(alice)


async def test_dialogs_and_an_archived_room(stack: Stack, open_browser: Opener, scheme: Scheme) -> None:
    alice = await visit(open_browser, stack.base_url, scheme)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada"])
    bob = await visit(open_browser, await invite_link(alice), scheme, width=390)
    await join(bob, name="Bob")
    await bob.get_by_role("button", name="Participants").click()
    await expect(bob.get_by_role("dialog")).to_be_visible()
    await assert_no_fault(bob)
    await alice.get_by_role("button", name="Manage Bob").click()
    await expect(alice.get_by_role("dialog")).to_be_visible()
    await assert_no_fault(alice)
    await alice.keyboard.press("Escape")
    await alice.get_by_role("button", name="Room settings").click()
    await alice.get_by_role("button", name="Archive room").click()
    await expect(alice.get_by_role("alert")).to_be_visible()
    await assert_no_fault(alice)
    await alice.get_by_role("alert").get_by_role("button", name="Archive room").click()
    await expect(alice.get_by_text("This room is archived.")).to_be_visible()
    await assert_no_fault(alice)


async def test_a_poll(demo_stack: Stack, open_browser: Opener, scheme: Scheme) -> None:
    alice = await visit(open_browser, demo_stack.base_url, scheme)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada"])
    await alice.get_by_role("button", name="New poll").click()
    await expect(alice.get_by_role("dialog").get_by_label("Question")).to_be_visible()
    await assert_no_fault(alice)
    await alice.keyboard.press("Escape")
    await say(alice, "/poll Which day? | Monday | Friday")
    await alice.get_by_role("radio", name="Friday").check()
    await assert_no_fault(alice)
    await alice.get_by_role("button", name="Vote", exact=True).click()
    await alice.get_by_role("button", name="Who voted").click()
    await expect(alice.get_by_test_id("voters")).to_contain_text("Alice")
    await assert_no_fault(alice)
    await alice.get_by_role("button", name="Close poll").click()
    await expect(alice.get_by_test_id("poll")).to_contain_text("Closed by Alice")
    await assert_no_fault(alice)


async def test_a_run(demo_stack: Stack, open_browser: Opener, scheme: Scheme) -> None:
    alice = await visit(open_browser, demo_stack.base_url, scheme)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo", "Gil"])
    bob = await visit(open_browser, await invite_link(alice), scheme, width=390)
    await join(bob, name="Bob")
    await say(bob, "/consensus Tea or coffee?")
    dialog = bob.get_by_role("dialog", name="Think together")
    # Nothing goes on without Alice's answer, however long a look takes.
    await dialog.get_by_role("checkbox", name="Alice").check()
    await dialog.get_by_label("What to choose from").fill("Tea\nCoffee")
    await expect(dialog.get_by_test_id("estimate")).to_contain_text("turns")
    await dialog.get_by_text("When it ends at the latest").click()
    await assert_no_fault(bob)
    await dialog.get_by_role("button", name="Start", exact=True).click()
    asked = alice.get_by_test_id("my-turn")
    await expect(asked).to_be_visible()
    await assert_no_fault(alice)
    await bob.get_by_role("button", name="Pause").click()
    await expect(alice.get_by_test_id("run-bar")).to_contain_text("Paused")
    await expect(alice.get_by_test_id("sealed")).to_have_count(3, timeout=60_000)
    await asked.get_by_role("radio", name="Tea").check()
    await asked.get_by_label("Your answer").fill("It keeps for longer.")
    await assert_no_fault(alice)
    await assert_no_fault(bob)
    await asked.get_by_role("button", name="Hand in").click()
    await expect(asked).to_have_count(0)
    await alice.get_by_role("button", name="Resume").click()
    await expect(alice.get_by_test_id("outcome")).to_be_visible(timeout=120_000)
    await assert_no_fault(alice)
    await alice.get_by_role("button", name="Edit", exact=True).click()
    await expect(alice.get_by_role("dialog").get_by_label("Decision")).to_be_visible()
    await assert_no_fault(alice)
