"""Finding a room again: searching, one's own rooms, archived ones, and more than one page."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

_MAKE_ROOMS = """async ([word, count]) => {
  const { csrf_token } = await (await fetch('/api/session/')).json();
  const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': csrf_token };
  for (let number = 1; number <= count; number++) {
    const body = JSON.stringify({ name: `${word} ${number}`, visibility: 'private' });
    const answer = await fetch('/api/rooms/', { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(await answer.text());
  }
}"""


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name)


async def search(page: Page, text: str) -> None:
    await page.get_by_role("searchbox", name="Search rooms").fill(text)


async def test_a_room_is_found_and_found_again_when_archived(demo_stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(demo_stack.base_url)
    await create_room(alice, name="Alice", room="Tulip garden", cast=[])
    await alice.get_by_role("link", name="All rooms").click()
    await search(alice, "tULIP")
    await expect(card(alice, "Tulip garden")).to_be_visible()
    await search(alice, "hyacinth")
    await expect(alice.get_by_text("No room matches “hyacinth”.")).to_be_visible()
    await search(alice, "")
    which = alice.get_by_role("group", name="Which rooms")
    await which.get_by_role("button", name="Archived").click()
    await expect(alice.get_by_text("None of your rooms is archived.")).to_be_visible()
    await which.get_by_role("button", name="Yours").click()
    await card(alice, "Tulip garden").click()

    await alice.get_by_role("button", name="Room settings").click()
    await alice.get_by_role("button", name="Archive room").click()
    await alice.get_by_role("alert").get_by_role("button", name="Archive room").click()
    await expect(alice.get_by_text("This room is archived.")).to_be_visible()
    await alice.get_by_role("link", name="All rooms").click()
    await alice.get_by_role("button", name="Yours").click()
    await expect(alice.get_by_text("You are not in a room yet.")).to_be_visible()
    await alice.get_by_role("button", name="Archived").click()
    await card(alice, "Tulip garden").click()
    await alice.get_by_role("button", name="Restore").click()
    await expect(alice.get_by_role("textbox", name="Message")).to_be_visible()

    stranger = await open_browser(demo_stack.base_url)
    await expect(stranger.get_by_role("heading", name="Rooms", exact=True)).to_be_visible()
    await expect(stranger.locator("[aria-busy=true]")).to_have_count(0)
    await expect(stranger.get_by_role("group", name="Which rooms")).to_have_count(0)
    await expect(card(stranger, "Tulip garden")).to_have_count(0)


async def test_more_rooms_than_a_page_holds(demo_stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(demo_stack.base_url)
    await create_room(alice, name="Alice", room="Many 0", cast=[])
    await alice.evaluate(_MAKE_ROOMS, ["Many", 54])
    await alice.goto(demo_stack.base_url)
    await alice.get_by_role("button", name="Yours").click()
    cards = alice.get_by_role("link", name="Many ")
    await expect(cards).to_have_count(50)
    await alice.get_by_role("button", name="Show more rooms").click()
    await expect(cards).to_have_count(55)
    await expect(alice.get_by_role("button", name="Show more rooms")).to_have_count(0)
    await search(alice, "many 54")
    await expect(cards).to_have_count(1)
