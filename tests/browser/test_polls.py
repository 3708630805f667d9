"""A poll from its making to its result, by two people and a persona."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


async def two_people(stack: Stack, open_browser: Opener, cast: list[str]) -> tuple[Page, Page]:
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Planning", cast=cast)
    bob = await open_browser(await invite_link(alice), viewport={"width": 390, "height": 844})
    await join(bob, name="Bob")
    return alice, bob


def poll(page: Page) -> Locator:
    return page.get_by_test_id("poll")


def option(page: Page, name: str) -> Locator:
    return poll(page).get_by_test_id("option").filter(has_text=name)


async def write(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Message")
    await box.fill(text)
    await box.press("Enter")


async def test_asked_in_the_dialog_voted_and_closed(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await two_people(demo_stack, open_browser, [])
    await alice.get_by_role("button", name="New poll").click()
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_label("Question").fill("Which day?")
    for number, day in enumerate(["Monday", "Tuesday", "Friday"], 1):
        await dialog.get_by_label(f"Option {number}").fill(day)
    await dialog.get_by_role("button", name="Ask", exact=True).click()
    await expect(dialog).to_have_count(0)

    await expect(poll(bob).get_by_role("group", name="Which day?")).to_be_visible()
    await expect(poll(bob)).to_contain_text("0 of 2 voted")
    # By keys alone: the arrow chooses, and only Enter votes.
    await poll(bob).get_by_role("radio", name="Monday").focus()
    await bob.keyboard.press("ArrowDown")
    await expect(poll(alice)).to_contain_text("0 of 2 voted")
    await poll(bob).get_by_label("Why? (optional)").fill("I am back then.")
    await bob.keyboard.press("Enter")
    await expect(option(bob, "Tuesday")).to_contain_text("your vote")
    await expect(option(alice, "Tuesday").get_by_test_id("count")).to_contain_text("1")
    await expect(option(alice, "Tuesday")).not_to_contain_text("your vote")

    await alice.get_by_role("radio", name="Friday").check()
    await alice.get_by_role("button", name="Vote", exact=True).click()
    await expect(poll(bob)).to_contain_text("2 of 2 voted")
    await poll(alice).get_by_role("button", name="Who voted").click()
    await expect(poll(alice).get_by_test_id("voters")).to_contain_text("I am back then.")

    # A change of mind, seen by who looks at the votes.
    await bob.get_by_role("radio", name="Friday").check()
    await bob.get_by_role("button", name="Change vote").click()
    await expect(option(alice, "Friday").get_by_test_id("count")).to_contain_text("2")
    await expect(poll(alice).get_by_test_id("voters")).not_to_contain_text("Tuesday")

    await bob.reload()
    await expect(option(bob, "Friday")).to_contain_text("your vote")
    await expect(poll(bob).get_by_role("button", name="Close poll")).to_have_count(0)
    await poll(alice).get_by_role("button", name="Close poll").click()
    await expect(poll(bob)).to_contain_text("Closed by Alice")
    await expect(option(bob, "Friday")).to_contain_text("most votes")
    await expect(poll(bob).get_by_role("radio")).to_have_count(0)


async def test_sealed_by_the_slash_command_and_taken_back(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await two_people(demo_stack, open_browser, [])
    # What is missing is asked for.
    await write(alice, "/poll Who leads?")
    dialog = alice.get_by_role("dialog")
    await expect(dialog.get_by_label("Question")).to_have_value("Who leads?")
    await dialog.get_by_label("Option 1").fill("Ann")
    await dialog.get_by_label("Option 2").fill("Ben")
    await dialog.get_by_label("Sealed until it closes").check()
    await dialog.get_by_role("button", name="Ask", exact=True).click()
    await bob.get_by_role("radio", name="Ben").check()
    await bob.get_by_role("button", name="Vote", exact=True).click()
    await expect(poll(alice)).to_contain_text("Sealed: 1 of 2 voted")
    await expect(poll(alice).get_by_test_id("count")).to_have_count(0)
    await bob.get_by_role("button", name="Take vote back").click()
    await expect(poll(alice)).to_contain_text("Sealed: 0 of 2 voted")
    await expect(option(bob, "Ben")).not_to_contain_text("your vote")
    await poll(alice).get_by_role("button", name="Close poll").click()

    await write(bob, "/poll Tea? | Yes | No")
    await expect(alice.get_by_role("group", name="Tea?")).to_be_visible()
    await expect(bob.get_by_role("textbox", name="Message")).to_have_value("")


async def test_personas_that_are_asked_vote_and_are_counted_apart(
    demo_stack: Stack, open_browser: Opener
) -> None:
    """Without any key: the demo's voices vote by tool."""
    alice, bob = await two_people(demo_stack, open_browser, ["Ada", "Bo"])
    await alice.get_by_role("button", name="New poll").click()
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_label("Question").fill("Which day?")
    for number, day in enumerate(["Monday", "Friday"], 1):
        await dialog.get_by_label(f"Option {number}").fill(day)
    await dialog.get_by_label("AI personas").select_option("are asked to vote now")
    await dialog.get_by_role("button", name="Ask", exact=True).click()
    await expect(poll(bob)).to_contain_text("2 of 4 voted")
    await expect(poll(bob)).to_contain_text("0 people, 2 AI")
    await bob.get_by_role("radio", name="Monday").check()
    await bob.get_by_role("button", name="Vote", exact=True).click()
    await expect(poll(alice)).to_contain_text("1 person, 2 AI")
    await poll(alice).get_by_role("button", name="Who voted").click()
    voters = poll(alice).get_by_test_id("voters")
    await expect(voters.get_by_role("listitem")).to_have_count(3)
    await expect(voters).to_contain_text("I looked for")
    # They have voted, and say nothing more of it.
    await expect(alice.get_by_test_id("turn-note")).to_have_count(0)
    await expect(alice.locator('article[data-author="Ada"]')).to_have_count(0)
