"""Dialogs whose code comes when they are opened, where the focus goes, and what fills a panel."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

SETTINGS_CODE = re.compile(r"/assets/RoomSettings-.*\.js")


async def alices_room(stack: Stack, open_browser: Opener) -> Page:
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada"])
    return alice


async def test_code_that_is_gone_is_said_and_asked_for_again(stack: Stack, open_browser: Opener) -> None:
    alice = await alices_room(stack, open_browser)

    async def gone(route: Route) -> None:
        await route.fulfill(status=404, body="")

    await alice.route(SETTINGS_CODE, gone)
    await say(alice, "Before.")
    await alice.get_by_role("textbox", name="Message").fill("A draft")
    opener = alice.get_by_role("button", name="Room settings")
    await opener.focus()
    await alice.keyboard.press("Enter")
    dialog = alice.get_by_role("dialog")
    await expect(dialog).to_have_accessible_name("This could not be opened")
    await expect(dialog.get_by_role("alert")).to_contain_text("Parley was updated")
    await alice.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(opener).to_be_focused()

    await alice.keyboard.press("Enter")
    await expect(dialog).to_have_accessible_name("This could not be opened")
    await alice.unroute(SETTINGS_CODE)
    await dialog.get_by_role("button", name="Try again").click()
    await expect(dialog).to_have_accessible_name("Room settings")
    # As if nothing had been between the button and the dialog.
    await alice.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(opener).to_be_focused()

    await alice.route(re.compile(r"/assets/AddPersona-.*\.js"), gone)
    await alice.get_by_role("button", name="Add persona").click()
    await dialog.get_by_role("button", name="Reload").click()
    await expect(alice.get_by_role("textbox", name="Message")).to_have_value("A draft")
    await expect(messages(alice, "Alice", "complete")).to_contain_text("Before.")


# What Escape asks of the browser, and a key that comes before the browser's `close` event does.
ESCAPE_AND_PRESS = """async opener => {
  document.querySelector('dialog[open]').requestClose();
  for (let step = 0; step < 20; step += 1) await null;
  opener.click();
}"""


async def test_a_key_right_behind_escape_opens_the_next(stack: Stack, open_browser: Opener) -> None:
    alice = await alices_room(stack, open_browser)
    opener = alice.get_by_role("button", name="Room settings")
    await opener.click()
    dialog = alice.get_by_role("dialog")
    await expect(dialog).to_have_accessible_name("Room settings")
    await opener.evaluate(ESCAPE_AND_PRESS)
    await expect(dialog).to_have_accessible_name("Room settings")
    await alice.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)

    await alice.set_viewport_size({"width": 390, "height": 844})
    opener = alice.get_by_role("button", name="Participants", exact=True)
    await opener.click()
    await expect(dialog).to_have_accessible_name("Participants")
    await opener.evaluate(ESCAPE_AND_PRESS)
    await expect(dialog).to_have_accessible_name("Participants")


async def test_the_focus_returns_over_two_dialogs(stack: Stack, open_browser: Opener) -> None:
    alice = await alices_room(stack, open_browser)
    opener = alice.get_by_role("button", name="Manage Ada")
    await opener.focus()
    await alice.keyboard.press("Enter")
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_role("button", name="Remove from the room…").click()
    await expect(dialog).to_have_accessible_name("Remove Ada?")
    await alice.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_the_focus_stays_near_who_was_removed(stack: Stack, open_browser: Opener) -> None:
    alice = await alices_room(stack, open_browser)
    warnings: list[str] = []
    alice.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    await alice.get_by_role("button", name="Manage Ada").focus()
    await alice.keyboard.press("Enter")
    dialog = alice.get_by_role("dialog")
    asks = dialog.get_by_role("button", name="Remove from the room…")
    danger = await asks.evaluate("button => getComputedStyle(button).color")
    await asks.click()
    does = dialog.get_by_role("button", name="Remove", exact=True)
    await expect(does).to_have_css("background-color", danger)
    await does.click()
    await expect(alice.get_by_test_id("participant").filter(has_text="Ada")).to_have_count(0)
    await expect(alice.get_by_role("complementary", name="Participants").locator(":focus")).to_have_count(1)
    assert warnings == []


async def test_what_still_comes_neither_swallows_nor_moves_a_press(
    stack: Stack, open_browser: Opener
) -> None:
    alice = await alices_room(stack, open_browser)
    arrived = asyncio.Event()

    async def late(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await alice.route(re.compile(r"/participants/[^/]+/$"), late)
    await alice.get_by_role("button", name="Manage Ada").click()
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_role("button", name="Mute").click()
    unmute = dialog.get_by_role("button", name="Unmute")
    await expect(unmute).to_be_visible()
    place = await unmute.bounding_box()
    arrived.set()
    await expect(dialog.get_by_label("Name")).to_have_value("Ada")
    assert await unmute.bounding_box() == place
    await alice.keyboard.press("Escape")

    arrived.clear()
    await alice.route(re.compile(r"/usage/"), late)
    await alice.get_by_role("button", name="Usage and budgets").click()
    async with alice.expect_response(re.compile(r"/usage/.*from=$")):
        await dialog.get_by_role("button", name="All", exact=True).click()
        arrived.set()


async def test_what_a_room_is_about_leaves_room_for_its_people(stack: Stack, open_browser: Opener) -> None:
    alice = await alices_room(stack, open_browser)
    about = "\n".join(f"Rule {number}: say what you saw." for number in range(30))
    await alice.get_by_role("button", name="Room settings").click()
    await alice.get_by_label("What is it about?").fill(about)
    await alice.get_by_role("button", name="Save").click()
    ada = alice.get_by_test_id("participant").filter(has_text="Ada")
    more = alice.get_by_role("button", name="Show more")
    await expect(more).to_have_attribute("aria-expanded", "false")
    await expect(ada).to_be_in_viewport()
    await more.click()
    await expect(alice.get_by_text("Rule 29:").last).to_be_in_viewport()
    await alice.get_by_role("button", name="Show less").click()
    await expect(ada).to_be_in_viewport()


async def test_a_retried_reply_offers_nothing_more(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    stack.provider.script(Step(text="Half of it.", ending="stall"), Step(text="All of it."))
    alice = await alices_room(stack, open_browser)
    await say(alice, "@Ada what is it?")
    await expect(messages(alice, "Ada", "streaming")).to_contain_text("Half of")
    await alice.get_by_role("button", name="Stop Ada").click()
    stopped = messages(alice, "Ada", "stopped")
    await expect(stopped.get_by_role("button", name="Continue")).to_be_visible()
    await stopped.get_by_role("button", name="Retry").click()
    await expect(messages(alice, "Ada", "complete")).to_contain_text("All of it.")
    await expect(stopped).to_contain_text("Stopped by Alice.")
    await expect(stopped.get_by_role("button", name=re.compile("Continue|Retry"))).to_have_count(0)
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_the_panel_of_a_phone_opens_and_closes(stack: Stack, open_browser: Opener) -> None:
    alice = await alices_room(stack, open_browser)
    phone = await open_browser(
        await invite_link(alice), viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    await join(phone, name="Bob")
    panel = phone.get_by_role("dialog", name="Participants")
    opener = phone.get_by_role("button", name="Participants")
    await opener.tap()
    hide = panel.get_by_role("button", name="Hide participants")
    # One that a finger hits, and only one of that name within reach.
    box = await hide.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 40
    await expect(phone.get_by_role("button", name="Hide participants")).to_have_count(1)
    await hide.tap()
    await expect(panel).to_have_count(0)
    await opener.tap()
    await expect(panel).to_be_visible()
    await phone.touchscreen.tap(10, 400)
    await expect(panel).to_have_count(0)
