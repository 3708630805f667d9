"""A room from a preset, edited before it is made; edits are not lost without a question."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import invite_link, join, messages, picture
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


async def creation(stack: Stack, open_browser: Opener) -> Page:
    page = await open_browser(stack.base_url)
    await page.get_by_role("link", name="New room").click()
    await page.get_by_label("Your name").fill("Alice")
    return page


def room_name(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Room name")


def preset(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Start from").get_by_role("radio", name=name)


def persona(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=name)


async def test_a_preset_fills_in_and_never_takes_an_edit_unasked(stack: Stack, open_browser: Opener) -> None:
    alice = await creation(stack, open_browser)
    await preset(alice, "Design review").check()
    await expect(room_name(alice)).to_have_value("Design review")
    await expect(persona(alice, "Ada")).to_be_checked()

    await room_name(alice).fill("Safety of our assistant")
    await preset(alice, "AI safety council").click()
    await expect(preset(alice, "Design review")).to_be_checked()  # until the question is answered
    await alice.get_by_role("button", name="Keep mine").click()
    await expect(preset(alice, "AI safety council")).to_be_checked()
    await expect(room_name(alice)).to_have_value("Safety of our assistant")
    await expect(persona(alice, "Ada")).not_to_be_checked()
    await expect(persona(alice, "Kira")).to_be_checked()

    await preset(alice, "Design review").click()
    await alice.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(preset(alice, "AI safety council")).to_be_checked()
    await expect(persona(alice, "Kira")).to_be_checked()

    await preset(alice, "Design review").click()
    await alice.get_by_role("dialog").get_by_role("button", name="Replace").click()
    await expect(room_name(alice)).to_have_value("Design review")
    await expect(persona(alice, "Kira")).not_to_be_checked()

    await preset(alice, "AI safety council").check()
    await persona(alice, "Lior").uncheck(force=True)
    await alice.get_by_role("button", name="Create room").click()
    await expect(alice.get_by_role("heading", name="AI safety council").first).to_be_visible()
    await expect(alice.get_by_text("Kira").first).to_be_visible()
    await expect(alice.get_by_text("Lior")).to_have_count(0)


async def test_presets_by_keyboard(stack: Stack, open_browser: Opener) -> None:
    alice = await creation(stack, open_browser)
    await alice.keyboard.press("Shift+Tab")
    await expect(preset(alice, "Blank")).to_be_focused()
    await alice.keyboard.press("ArrowDown")
    chosen = alice.get_by_role("group", name="Start from").locator("input:checked")
    await expect(chosen).to_be_focused()
    await expect(chosen).not_to_have_value("")
    await expect(room_name(alice)).not_to_have_value("")
    await alice.keyboard.press("ArrowUp")
    await expect(preset(alice, "Blank")).to_be_checked()
    await expect(room_name(alice)).to_have_value("")

    await room_name(alice).fill("Mine")
    await preset(alice, "Blank").focus()
    await alice.keyboard.press("ArrowDown")
    await expect(alice.get_by_role("dialog")).to_be_visible()
    await alice.keyboard.press("Escape")
    await expect(alice.get_by_role("dialog")).to_have_count(0)
    await expect(preset(alice, "Blank")).to_be_checked()
    await expect(room_name(alice)).to_have_value("Mine")


def its_run(page: Page) -> Locator:
    """Its bar, or, where the demo's voices were quicker than the browser, the card at its end."""
    return page.get_by_test_id("run-bar").or_(page.get_by_test_id("run-card")).first


async def test_a_preset_with_a_goal_begins_at_once(demo_stack: Stack, open_browser: Opener) -> None:
    alice = await creation(demo_stack, open_browser)
    await preset(alice, "Debate").check()
    await expect(alice.get_by_test_id("outlook")).to_have_text(
        "Debate: two personas and a judge, about 6 turns."
    )
    await alice.get_by_label("What shall be debated?").fill("Tea or coffee?")
    await picture(alice, "preset-run")
    await alice.get_by_role("button", name="Create room").click()
    await expect(alice.get_by_role("textbox", name="Message")).to_be_visible()
    await expect(its_run(alice)).to_contain_text("Debate")
    await expect(messages(alice, "Alice", "complete")).to_contain_text("Tea or coffee?")
    card = alice.get_by_test_id("run-card")
    await expect(card).to_be_visible(timeout=120_000)
    await expect(card).to_contain_text("Debate ended:")


async def test_a_preset_without_a_goal_waits_in_its_room(demo_stack: Stack, open_browser: Opener) -> None:
    alice = await creation(demo_stack, open_browser)
    await preset(alice, "Design review").check()
    await alice.get_by_role("button", name="Create room").click()
    begin = alice.get_by_role("button", name="Start the consensus")
    await expect(begin).to_be_visible()
    bob = await open_browser(await invite_link(alice), viewport={"width": 390, "height": 844})
    await join(bob, name="Bob")
    await picture(alice, "preset-empty-room")
    await picture(bob, "preset-empty-room-phone")
    # Whoever is there may begin, also in another browser.
    await bob.get_by_role("button", name="Start the consensus").click()
    dialog = bob.get_by_role("dialog", name="Think together")
    await expect(dialog.get_by_role("radio", name="Consensus")).to_be_checked()
    await expect(dialog.get_by_label("What to choose from")).to_have_value("Go\nGo with changes\nRework")
    await dialog.get_by_label("Which proposal shall be decided on?").fill("A bench in front of the house")
    await dialog.get_by_role("button", name="Start", exact=True).click()
    await expect(its_run(alice)).to_contain_text("Consensus")
    await expect(begin).to_have_count(0)


async def test_a_run_that_can_not_begin_leaves_the_room_and_what_was_typed(
    demo_stack: Stack, open_browser: Opener
) -> None:
    alice = await creation(demo_stack, open_browser)
    await preset(alice, "Debate").check()
    for name in ("Cleo", "Gil"):
        await persona(alice, name).uncheck(force=True)
    await expect(alice.get_by_test_id("outlook")).to_have_text("Debate, of those who are chosen below.")
    await alice.get_by_label("What shall be debated?").fill("Tea or coffee?")
    await alice.get_by_role("button", name="Create room").click()
    await expect(alice.get_by_text("Debate takes 2 to 4 personas; these are 1.")).to_be_visible()
    await expect(alice.get_by_role("textbox", name="Message")).to_have_value("/debate Tea or coffee?")
