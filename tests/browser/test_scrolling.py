"""Reading a long room while personas stream: nothing moves but by the reader's own hand."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.histories import write_history
from tests.browser.people import create_room, invite_link, join, messages, say, wait_for
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

HISTORY = 300
DRIFT_MOST_PX = 1
ROWS_MOST = 300
STREAM = " ".join(f"word{k}" + (".\n\n" if k % 23 == 22 else "") for k in range(3_000))

# Positions as they are painted: the first report of a ResizeObserver comes in every frame
# after layout, and after those of observers that are older, the page's own.
PROBE = """
window.parley = {
  scroller: () => document.querySelector('[role=region][aria-label=Messages]'),
  rows: () => [...document.querySelectorAll('[data-row]')],
  painted: () => new Promise((resolve) => {
    requestAnimationFrame(() => {
      const observer = new ResizeObserver(() => { observer.disconnect(); resolve(); });
      observer.observe(document.body);
    });
  }),
  below() {
    const { scrollHeight, clientHeight, scrollTop } = this.scroller();
    return scrollHeight - clientHeight - scrollTop;
  },
  /** The row at the top of the view: what is read. Below a row that grows others must give way. */
  firstInView() {
    const { top } = this.scroller().getBoundingClientRect();
    return this.rows().find((row) => row.getBoundingClientRect().bottom > top);
  },
  /** Scrolls by `distance`, then watches what is in view while the page loads and streams. */
  async drift(distance, frames) {
    this.scroller().scrollTop += distance;
    const isAtEnd = this.below() <= 48;
    const row = this.firstInView();
    const top = row.getBoundingClientRect().top;
    let drift = 0;
    let rows = 0;
    for (let frame = 0; frame < frames; frame++) {
      await this.painted();
      drift = Math.max(drift, row.isConnected ? Math.abs(row.getBoundingClientRect().top - top) : Infinity);
      rows = Math.max(rows, this.rows().length);
    }
    return { drift, rows, isAtEnd, above: this.scroller().scrollTop };
  },
  /** When the wheel or a key has done its work. */
  async settled() {
    let still = 0;
    for (let before = -1; still < 12; ) {
      await this.painted();
      const now = this.scroller().scrollTop;
      still = now === before ? still + 1 : 0;
      before = now;
    }
    return this.below();
  },
  /** The furthest from the end in so many frames. */
  async strays(frames) {
    let most = 0;
    for (let frame = 0; frame < frames; frame++) {
      await this.painted();
      most = Math.max(most, this.below());
    }
    return most;
  },
};
"""


async def long_room(stack: Stack, open_browser: Opener) -> Page:
    alice = await open_browser(stack.base_url)
    await alice.add_init_script(PROBE)
    await create_room(alice, name="Alice", room="Archive", cast=["Ada", "Bo", "Dara"])
    write_history(stack, alice.url.rstrip("/").rsplit("/", 1)[-1], count=HISTORY)
    await alice.reload()
    await expect(alice.get_by_text(f"Message {HISTORY - 1}.", exact=False).first).to_be_in_viewport()
    return alice


async def with_streams(stack: Stack, page: Page) -> None:
    stack.provider.reset()
    for name in ("Ada", "Bo", "Dara"):
        stack.provider.script(Step(text=STREAM, user=f"You are {name}", tokens_per_second=40))
    await say(page, "@Ada, @Bo and @Dara, tell us everything")
    for name in ("Ada", "Bo", "Dara"):
        await expect(messages(page, name, "streaming")).to_contain_text("word30 ")


async def stop_all(page: Page) -> None:
    await page.get_by_role("button", name="Stop all").click()
    await expect(page.locator('article[data-state="streaming"]')).to_have_count(0)


async def drift(page: Page, distance: int, frames: int) -> dict[str, Any]:
    seen: dict[str, Any] = await page.evaluate(
        "([distance, frames]) => parley.drift(distance, frames)", [distance, frames]
    )
    assert seen["rows"] <= ROWS_MOST
    # Whoever scrolls to the end follows from there.
    assert seen["drift"] <= DRIFT_MOST_PX or seen["isAtEnd"]
    return seen


async def left_the_end(page: Page) -> int:
    """How far, once the wheel or a key has done its work; on a busy machine it begins late."""
    await wait_for(page, "parley.below() > 48")
    distance: int = await page.evaluate("parley.settled()")
    return distance


def news(page: Page) -> Locator:
    return page.get_by_test_id("new-messages")


@pytest.mark.timeout(300)  # some hundred steps, each watched for several frames
async def test_all_of_the_past_and_back_without_drift(stack: Stack, open_browser: Opener) -> None:
    alice = await long_room(stack, open_browser)
    await with_streams(stack, alice)
    beginning = alice.get_by_text("The beginning of Archive")
    for _ in range(200):
        seen = await drift(alice, -1_400, 5)
        if seen["above"] == 0 and await beginning.count() > 0:
            break
    await expect(beginning).to_be_in_viewport()
    await expect(alice.get_by_text("Message 0.", exact=False).first).to_be_in_viewport()
    for _ in range(200):
        if (await drift(alice, 1_400, 4))["isAtEnd"]:
            break
    await expect(news(alice)).to_have_count(0)
    assert await alice.evaluate("parley.strays(60)") <= DRIFT_MOST_PX  # it follows again
    await stop_all(alice)


async def test_days_are_divided(stack: Stack, open_browser: Opener) -> None:
    alice = await long_room(stack, open_browser)
    days = alice.get_by_role("separator")
    await expect(days.nth(1)).to_be_attached()
    names = await days.all_inner_texts()
    assert len(names) == len(set(names)) >= 2
    assert names[-1].lower() in {"today", "yesterday"}  # at midnight


async def test_whoever_reads_is_never_dragged(stack: Stack, open_browser: Opener) -> None:
    alice = await long_room(stack, open_browser)
    bob = await open_browser(await invite_link(alice))
    await join(bob, name="Bob")
    await with_streams(stack, alice)
    assert await alice.evaluate("parley.strays(60)") <= DRIFT_MOST_PX

    # One notch of the wheel is enough to stay, though what streams is still in view.
    await alice.get_by_role("region", name="Messages").hover()
    await alice.mouse.wheel(0, -120)
    assert await left_the_end(alice) > 100
    await drift(alice, 0, 60)
    await expect(news(alice)).to_have_count(0)
    await say(bob, "Are you still reading?")
    await expect(news(alice)).to_be_visible()
    await drift(alice, 0, 30)

    await news(alice).click()
    await expect(messages(alice, "Bob", "complete")).to_be_in_viewport()
    await expect(news(alice)).to_have_count(0)
    assert await alice.evaluate("parley.strays(60)") <= DRIFT_MOST_PX
    await stop_all(alice)


async def test_one_reads_with_the_keyboard(stack: Stack, open_browser: Opener) -> None:
    alice = await long_room(stack, open_browser)
    await with_streams(stack, alice)
    await alice.get_by_role("region", name="Messages").focus()
    await alice.keyboard.press("PageUp")
    assert await left_the_end(alice) > 300
    await drift(alice, 0, 30)
    await alice.keyboard.press("End")
    assert await alice.evaluate("parley.strays(60)") <= DRIFT_MOST_PX
    await stop_all(alice)


async def test_a_quote_of_what_is_not_loaded_leads_there_and_back(stack: Stack, open_browser: Opener) -> None:
    alice = await long_room(stack, open_browser)
    await with_streams(stack, alice)
    await alice.get_by_role("button", name="Go to the message of Alice: Message 0.").click()
    first = alice.locator("article").filter(has_text="Message 0.")
    await expect(first).to_be_in_viewport()
    await expect(first).to_be_focused()
    await drift(alice, 0, 30)
    await alice.get_by_role("button", name="Back to the reply").click()
    reply = alice.locator("article").filter(has_text=f"Message {HISTORY - 2}.")
    await expect(reply).to_be_focused()
    await expect(reply).to_be_in_viewport()
    await drift(alice, 0, 30)
    await stop_all(alice)
