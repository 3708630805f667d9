"""Two people, two browsers, two personas: the first conversation as people have it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

LONG = " ".join(f"word{k}" for k in range(300))


async def two_people(stack: Stack, open_browser: Opener) -> tuple[Page, Page]:
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo"])
    bob = await open_browser(await invite_link(alice))
    await join(bob, name="Bob")
    return alice, bob


async def test_both_watch_both_personas_to_the_same_end(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(text=f"Ada says **yes**. {LONG}", user="You are Ada", tokens_per_second=5),
        Step(
            text="Bo says:\n\n- one\n- two\n\n```py\nprint(1)\n```", user="You are Bo", tokens_per_second=40
        ),
    )
    alice, bob = await two_people(stack, open_browser)
    await say(alice, "@Ada and @Bo, shall we ship on Friday?")
    asked = messages(bob, "Alice", "complete").locator(".message-text")
    await expect(asked).to_contain_text("shall we ship on Friday?")
    await expect(messages(bob, "Ada", "streaming")).to_be_visible()
    await expect(messages(alice, "Ada", "streaming")).to_be_visible()

    await bob.reload()  # in mid-stream
    await expect(messages(bob, "Ada", "streaming")).to_be_visible()
    stack.provider.hurry()

    for page in (alice, bob):
        await expect(messages(page, "Ada", "complete")).to_be_visible()
        await expect(messages(page, "Bo", "complete")).to_be_visible()
    for author in ("Ada", "Bo"):
        texts = [
            await messages(page, author, "complete").locator(".message-text").inner_text()
            for page in (alice, bob)
        ]
        assert texts[0] == texts[1]
    assert LONG in await messages(bob, "Ada", "complete").locator(".message-text").inner_text()
    await expect(messages(bob, "Bo", "complete").locator("li")).to_have_text(["one", "two"])
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_any_member_stops_a_persona_and_its_text_stays(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=5))
    alice, bob = await two_people(stack, open_browser)
    await say(alice, "@Ada tell us everything")
    await expect(messages(bob, "Ada", "streaming").locator(".message-text")).to_contain_text("word5")
    await bob.get_by_role("button", name="Stop Ada").first.click()
    for page in (alice, bob):
        stopped = messages(page, "Ada", "stopped")
        await expect(stopped).to_contain_text("word5")
        await expect(stopped).to_contain_text("Stopped by Bob")
    texts = [
        await messages(page, "Ada", "stopped").locator(".message-text").inner_text() for page in (alice, bob)
    ]
    assert texts[0] == texts[1]


async def test_a_failure_is_a_sentence_and_retry_mends_it(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(status=500, user="You are Ada", times=2), Step(text="Now it works.", user="You are Ada")
    )
    alice, bob = await two_people(stack, open_browser)
    await say(alice, "@Ada hello")
    await (
        bob.get_by_role("button", name="Try again").or_(bob.get_by_role("button", name="Retry")).first.click()
    )
    for page in (alice, bob):
        await expect(messages(page, "Ada", "complete")).to_contain_text("Now it works.")


async def test_a_stranger_sees_no_room(stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=[])
    await say(alice, "Our secret")
    carol = await open_browser(alice.url)
    await expect(carol.get_by_role("heading")).not_to_have_count(0)
    await expect(carol.get_by_text("Our secret")).to_have_count(0)
    await expect(carol.get_by_role("textbox", name="Message")).to_have_count(0)
