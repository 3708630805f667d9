"""Writing: mentions by keyboard, drafts, what is written without a connection, copying."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]


async def two_people(stack: Stack, open_browser: Opener) -> tuple[Page, Page]:
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo"])
    bob = await open_browser(await invite_link(alice))
    await join(bob, name="Bob")
    return alice, bob


async def copied(page: Page, expected: str) -> str:
    """What is on the clipboard, given some time to become what is expected."""
    return str(
        await page.evaluate(
            """async (expected) => {
              let text = '';
              for (let frame = 0; frame < 300 && text !== expected; frame++) {
                await new Promise(requestAnimationFrame);
                text = (await navigator.clipboard.readText()).trimEnd();
              }
              return text;
            }""",
            expected,
        )
    )


async def test_what_is_written_offline_goes_out_once(stack: Stack, open_browser: Opener) -> None:
    alice, bob = await two_people(stack, open_browser)
    await alice.context.set_offline(True)
    await expect(alice.get_by_text("You are offline.")).to_be_visible()
    for text in ("First, unheard", "Second, unheard"):
        await say(alice, text)
    waiting = alice.get_by_test_id("pending")
    await expect(waiting).to_have_count(2)
    await expect(waiting.first).to_contain_text("Will be sent when the connection is back")
    await expect(messages(bob, "Alice", "complete")).to_have_count(0)

    await alice.context.set_offline(False)
    await expect(waiting).to_have_count(0)
    await say(alice, "Third, at last")
    for page in (alice, bob):
        await expect(messages(page, "Alice", "complete").locator(".message-text")).to_have_text(
            ["First, unheard", "Second, unheard", "Third, at last"]
        )


async def test_what_was_sent_when_the_connection_broke_is_there_once(
    stack: Stack, open_browser: Opener
) -> None:
    alice, bob = await two_people(stack, open_browser)
    cuts: list[str] = []

    async def cut_after_sending(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        async def forward(message: str | bytes) -> None:
            server.send(message)
            if not cuts and "message.post" in str(message):
                cuts.append(str(message))
                server.on_message(lambda _: None)
                # The server has it, and its answer is lost.
                await expect(messages(bob, "Alice", "complete")).to_be_visible()
                await socket.close(code=1011)

        socket.on_message(forward)

    await alice.route_web_socket("**/ws/rooms/**", cut_after_sending)
    await alice.reload()
    await expect(alice.get_by_role("textbox", name="Message")).to_be_visible()
    await say(alice, "Do you hear me?")
    await expect(alice.get_by_test_id("pending")).to_have_count(0)
    await say(alice, "And now?")
    for page in (alice, bob):
        await expect(messages(page, "Alice", "complete").locator(".message-text")).to_have_text(
            ["Do you hear me?", "And now?"]
        )
    assert len(cuts) == 1


async def test_a_draft_stays_with_its_room(stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=[])
    first = alice.url
    box = alice.get_by_role("textbox", name="Message")
    await box.fill("Half a thought")
    await alice.goto(stack.base_url)
    await alice.get_by_role("link", name="New room").click()
    await alice.get_by_role("textbox", name="Room name").fill("Elsewhere")
    await alice.get_by_role("button", name="Create room").click()
    await expect(box).to_have_value("")
    await alice.goto(first)
    await expect(box).to_have_value("Half a thought")
    await alice.reload()
    await expect(box).to_have_value("Half a thought")
    await box.press("Enter")
    await expect(messages(alice, "Alice", "complete")).to_contain_text("Half a thought")
    await alice.reload()
    await expect(box).to_have_value("")


async def test_mentions_by_keyboard(stack: Stack, open_browser: Opener) -> None:
    alice, _ = await two_people(stack, open_browser)
    box = alice.get_by_role("textbox", name="Message")
    options = alice.get_by_role("listbox", name="Mentions").get_by_role("option")
    await box.press_sequentially("Hi @")
    await expect(options.locator(".name")).to_have_text(["Ada", "Bo", "Bob", "all personas"])
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await box.press("ArrowDown")
    await box.press("ArrowDown")
    await expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    await box.press("Tab")
    await expect(box).to_have_value("Hi @Bob ")
    await box.press_sequentially("and @a")
    await expect(options.locator(".name")).to_have_text(["Ada", "all personas"])
    await box.press("ArrowUp")
    await box.press("Enter")
    await expect(box).to_have_value("Hi @Bob and @all ")
    await box.press("Shift+Enter")
    await box.press_sequentially("@")
    await expect(options).not_to_have_count(0)
    await box.press("Escape")
    await expect(options).to_have_count(0)
    await expect(box).to_have_value("Hi @Bob and @all \n@")
    await expect(box).to_be_focused()


async def test_copying(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    reply = "Run **this**:\n\n```sh\nmake all\n```"
    stack.provider.script(Step(text=reply, user="You are Ada"))
    alice = await open_browser(stack.base_url, permissions=["clipboard-read", "clipboard-write"])
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada"])
    await say(alice, "@Ada how?")
    answer = messages(alice, "Ada", "complete")
    await expect(answer).to_be_visible()

    await answer.get_by_role("button", name="Copy code").click()
    assert await copied(alice, "make all") == "make all"
    await answer.get_by_role("button", name="Copy message").click()
    assert await copied(alice, reply) == reply
    await alice.get_by_role("button", name="Invite").click()
    link = await invite_link(alice)
    assert await copied(alice, link) == link
