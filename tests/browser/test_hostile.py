"""Hostile words, from people and from models: nothing runs, opens or calls out."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Dialog, Page, Request, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

HOSTILE = """<script>window.hit = 1</script> <img src=x onerror="window.hit = 1">

<svg/onload="window.hit=1"> <iframe src="https://evil.example/frame"></iframe>

[a](javascript:window.hit=1) [b](JaVaScRiPt&#58;window.hit=1)
[c](data:text/html,<script>window.hit=1</script>)

![pixel](https://evil.example/pixel.png) ![d](javascript:window.hit=1) <javascript:window.hit=1>

&lt;img src=x onerror="window.hit=1"&gt; `<img src=x onerror="window.hit=1">`

> - **[e](https://evil.example/" onmouseover="window.hit=1)**

| <style>*{display:none}</style> | <form action="https://evil.example/"><input></form> |
| --- | --- |
| <meta http-equiv="refresh" content="0;url=https://evil.example/"> | <base href="https://evil.example/"> |

```html onload=alert(1)
<script>window.hit = 1</script>
```
"""
NAME = "<img src=x onerror=window.hit=1>"
ROOM = "</title><script>window.hit=1</script>"


class Watch:
    """What a page does that it must not."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.faults: list[str] = []
        self._base_url = base_url
        page.on("request", self._on_request)
        page.on("dialog", self._on_dialog)
        page.on("popup", lambda popup: self.faults.append(f"popup {popup.url}"))

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self._base_url, self._base_url.replace("http", "ws", 1))):
            self.faults.append(f"request {request.url}")

    async def _on_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog {dialog.message}")
        await dialog.dismiss()


async def assert_harmless(page: Page, watch: Watch) -> None:
    for link in await page.locator(".message-text a, .message-text [tabindex]").all():
        await link.hover()
    assert await page.evaluate("window.hit") is None
    assert await page.locator(".message-text").locator("img, script, iframe, svg, form, style").count() == 0
    hrefs = await page.locator(".message-text a").evaluate_all("links => links.map((link) => link.href)")
    assert hrefs
    assert all(re.match(r"https?://", href) for href in hrefs), hrefs
    assert watch.faults == []


async def test_hostile_words_stay_words(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    stack.provider.script(Step(text=HOSTILE, user="You are Ada", tokens_per_second=60))
    alice = await open_browser(stack.base_url)
    watch = Watch(alice, stack.base_url)
    await create_room(alice, name=NAME, room=ROOM, cast=["Ada"])
    await expect(alice).to_have_title(f"{ROOM} · Parley")
    bob = await open_browser(await invite_link(alice))
    watch_of_bob = Watch(bob, stack.base_url)
    await expect(bob.get_by_role("heading", name=ROOM)).to_be_visible()
    await join(bob, name="Bob")
    await say(alice, HOSTILE)
    await say(bob, "@Ada and you?")
    for page, seen in ((bob, watch_of_bob), (alice, watch)):
        await expect(messages(page, NAME, "complete")).to_contain_text("window.hit = 1")
        await expect(messages(page, "Ada", "complete")).to_contain_text("window.hit = 1")
        await assert_harmless(page, seen)
    await bob.reload()  # the same as history
    await expect(messages(bob, "Ada", "complete")).to_contain_text("window.hit = 1")
    await assert_harmless(bob, watch_of_bob)


async def test_the_policy_refuses_what_would_get_through(stack: Stack, open_browser: Opener) -> None:
    page = await open_browser(stack.base_url)
    await page.get_by_role("link", name="New room").wait_for()
    refused = await page.evaluate(
        """() => new Promise((resolve) => {
          const refused = [];
          document.addEventListener('securitypolicyviolation', (event) => {
            refused.push(event.effectiveDirective);
            if (refused.length === 4) resolve(refused);
          });
          const holder = document.createElement('div');
          holder.innerHTML = `<img src="https://evil.example/pixel.png" onerror="window.hit = 1">
            <iframe src="https://evil.example/"></iframe>`;
          const script = document.createElement('script');
          script.textContent = 'window.hit = 1';
          document.body.append(holder, script);
        })"""
    )
    assert sorted(refused) == ["frame-src", "img-src", "script-src-attr", "script-src-elem"]
    assert await page.evaluate("window.hit") is None
