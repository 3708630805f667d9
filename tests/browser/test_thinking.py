"""Watching a persona think, opening what it thought, and having it go on after a cut."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

HALF = "First we measure the board. Then we"


def thoughts(within: Page | Locator) -> Locator:
    return within.get_by_test_id("thoughts")


def text_of(message: Locator) -> Locator:
    return message.locator(":scope > .body > .message-text")


async def room_of_two(stack: Stack, open_browser: Opener) -> tuple[Page, Page]:
    """Alice and Bob in a room with Ada."""
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada"])
    bob = await open_browser(await invite_link(alice))
    await join(bob, name="Bob")
    return alice, bob


async def test_thinking_is_watched_live_and_kept_when_it_is_stopped(
    stack: Stack, open_browser: Opener
) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(thinking=[f"thought {k}, " for k in range(5_000)], text="Never.", tokens_per_second=20),
        Step(thinking=["A **tulip**, ", "perhaps."], text="Plant some."),
    )
    alice, bob = await room_of_two(stack, open_browser)
    await say(alice, "@Ada what shall we plant?")
    row = alice.get_by_test_id("thinking")
    await thoughts(row).get_by_text("Show the thinking").click()
    shown = row.get_by_role("region", name="What Ada thought")
    await expect(shown).to_contain_text("thought 0, thought 1, ")
    # Who opens it late is given what was before.
    await expect(shown).to_contain_text("thought 9, ")
    await thoughts(bob).get_by_text("Show the thinking").click()
    await expect(thoughts(bob).get_by_role("region")).to_contain_text(re.compile("thought 0, .*thought 12, "))
    await bob.get_by_role("button", name="Stop Ada").click()

    note = alice.get_by_text("Ada was stopped before the first word.")
    await expect(note).to_be_visible()
    kept = thoughts(alice)
    await kept.get_by_text(re.compile(r"Thought for \d+ s")).click()
    await expect(kept.get_by_role("region")).to_contain_text("thought 9, ")

    await alice.get_by_role("button", name="Retry").click()
    reply = messages(alice, "Ada", "complete")
    await expect(text_of(reply)).to_have_text("Plant some.")
    # Closed until somebody opens it, by keys as well.
    await expect(reply.get_by_role("region")).to_have_count(0)
    summary = thoughts(reply).get_by_text("Thought for 1 s")
    await summary.focus()
    await alice.keyboard.press("Enter")
    await expect(reply.get_by_role("region")).to_have_text("A tulip, perhaps.")
    await expect(reply.get_by_role("region").locator("strong")).to_have_text("tulip")
    await alice.keyboard.press("Enter")
    await expect(reply.get_by_role("region")).to_have_count(0)
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_a_stopped_reply_goes_on_in_its_place(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(text=HALF, ending="stall"),
        Step(
            text="measure the board. Then we cut", user=f"<your_message>{HALF}</your_message>", ending="stall"
        ),
        Step(text=" it.", user=f"<your_message>{HALF} cut</your_message>", finish_reason="length"),
        Step(text=" Done.", user=f"<your_message>{HALF} cut it.</your_message>"),
    )
    alice, bob = await room_of_two(stack, open_browser)
    await say(alice, "@Ada how do we start?")
    await expect(text_of(messages(bob, "Ada", "streaming"))).to_have_text(HALF)
    await bob.get_by_role("button", name="Stop Ada").click()
    stopped = messages(alice, "Ada", "stopped")
    await expect(stopped.get_by_role("button", name="Retry")).to_be_visible()
    await stopped.get_by_role("button", name="Continue").focus()
    await alice.keyboard.press("Enter")

    going = messages(alice, "Ada", "streaming")
    await expect(text_of(going)).to_have_text(f"{HALF} cut")
    await expect(text_of(going).locator("p")).to_have_count(1)
    await bob.reload()
    await expect(text_of(messages(bob, "Ada", "streaming"))).to_have_text(f"{HALF} cut")
    await bob.get_by_role("button", name="Stop all").click()
    await expect(text_of(messages(alice, "Ada", "stopped"))).to_have_text(f"{HALF} cut")
    await messages(bob, "Ada", "stopped").get_by_role("button", name="Continue").click()

    cut = messages(alice, "Ada", "complete")
    await expect(text_of(cut)).to_have_text(f"{HALF} cut it.")
    await expect(cut).to_contain_text("Cut off at the model's limit.")
    await expect(cut.get_by_role("button", name="Retry")).to_have_count(0)
    await cut.get_by_role("button", name="Continue").click()
    for page in (alice, bob):
        whole = messages(page, "Ada", "complete")
        await expect(text_of(whole)).to_have_text(f"{HALF} cut it. Done.")
        await expect(whole.get_by_role("button", name="Continue")).to_have_count(0)
        await expect(page.locator('article[data-author="Ada"]')).to_have_count(1)
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}
