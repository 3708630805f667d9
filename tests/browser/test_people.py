"""Who is here and who is writing, roles, and ways out of a room, in browsers."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


async def two_people(stack: Stack, open_browser: Opener) -> tuple[Page, Page]:
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada"])
    bob = await open_browser(await invite_link(alice))
    await join(bob, name="Bob")
    return alice, bob


def row(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid="participant"][data-name="{name}"]')


async def test_who_is_here_and_who_is_writing(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await two_people(demo_stack, open_browser)
    await expect(row(alice, "Bob").get_by_text("online")).to_be_attached()
    await expect(row(bob, "Alice").get_by_text("online")).to_be_attached()
    await bob.get_by_role("textbox", name="Message").press_sequentially("Well")
    await expect(alice.get_by_test_id("typing")).to_have_text("Bob is typing…")
    await expect(bob.get_by_test_id("typing")).to_have_text("")
    await bob.get_by_role("textbox", name="Message").press("Enter")
    await expect(messages(alice, "Bob", "complete")).to_be_visible()
    await expect(alice.get_by_test_id("typing")).to_have_text("")
    await bob.get_by_role("textbox", name="Message").press_sequentially("And")
    await expect(alice.get_by_test_id("typing")).to_have_text("Bob is typing…")
    await bob.close()
    await expect(alice.get_by_test_id("typing")).to_have_text("")
    await expect(row(alice, "Bob").get_by_text("online")).not_to_be_attached()


async def test_a_new_name_a_new_role_and_out(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await two_people(demo_stack, open_browser)
    await expect(bob.get_by_role("button", name="Manage Alice")).to_have_count(0)
    await bob.get_by_role("button", name="Change your name, or leave").click()
    await bob.get_by_role("textbox", name="Your name").fill("Robert")
    await bob.get_by_role("button", name="Save").click()
    await expect(row(alice, "Robert")).to_be_visible()

    await alice.get_by_role("button", name="Manage Robert").click()
    await alice.get_by_label("Role").select_option("moderator")
    await alice.get_by_role("button", name="Save").click()
    await expect(row(bob, "Robert").get_by_text("Moderator")).to_be_visible()

    await alice.get_by_role("button", name="Change your name, or leave").click()
    await alice.get_by_role("button", name="Leave room…").click()
    await alice.get_by_role("button", name="Leave room", exact=True).click()
    await expect(alice.get_by_role("alert")).to_contain_text("no other owner")
    await alice.keyboard.press("Escape")

    await bob.get_by_role("button", name="Manage Ada").click()
    await bob.get_by_role("button", name="Remove from the room…").click()
    await bob.get_by_role("button", name="Remove", exact=True).click()
    await expect(row(alice, "Ada")).to_have_count(0)

    await alice.get_by_role("button", name="Manage Robert").click()
    await alice.get_by_role("button", name="Remove from the room…").click()
    await alice.get_by_role("button", name="Remove", exact=True).click()
    await expect(row(alice, "Robert")).to_have_count(0)
    await expect(bob.get_by_text("You are not in this room any more.")).to_be_visible()
    await expect(bob.get_by_role("textbox", name="Message")).to_have_count(0)
    await say(alice, "Among ourselves")
    await expect(messages(alice, "Alice", "complete")).to_be_visible()
    await expect(bob.get_by_text("Among ourselves")).to_have_count(0)


async def test_who_leaves_is_back_at_the_rooms(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await two_people(demo_stack, open_browser)
    await bob.get_by_role("button", name="Change your name, or leave").click()
    await bob.get_by_role("button", name="Leave room…").click()
    await bob.get_by_role("button", name="Leave room", exact=True).click()
    await expect(bob.get_by_role("link", name="New room")).to_be_visible()
    await expect(row(alice, "Bob")).to_have_count(0)
