"""The owner changes, archives and restores a room; everybody in it sees it at once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


async def test_the_owner_renames_archives_and_restores(stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=[])
    bob = await open_browser(await invite_link(alice))
    await join(bob, name="Bob")
    await expect(bob.get_by_role("button", name="Room settings")).to_have_count(0)

    await alice.get_by_role("button", name="Room settings").click()
    await alice.get_by_label("Room name").fill("Atelier")
    await alice.get_by_role("button", name="Save").click()
    await expect(bob.get_by_role("heading", name="Atelier").first).to_be_visible()

    await alice.get_by_role("button", name="Room settings").click()
    await alice.get_by_role("button", name="Archive room").click()
    await alice.get_by_role("alert").get_by_role("button", name="Archive room").click()
    for page in (alice, bob):
        await expect(page.get_by_text("This room is archived.")).to_be_visible()
        await expect(page.get_by_role("textbox", name="Message")).to_have_count(0)
    await expect(bob.get_by_role("button", name="Restore")).to_have_count(0)
    await alice.get_by_role("button", name="Restore").click()
    await expect(bob.get_by_role("textbox", name="Message")).to_be_visible()
