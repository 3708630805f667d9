"""Chromium, and a person in front of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Protocol

import pytest
from playwright.async_api import Page, async_playwright, expect

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# How many times slower pages are, for whoever looks for races: see docs/testing.md.
SLOWED = float(os.environ.get("SLOW_BROWSER", "1"))
# The machine is shared: what takes a tenth of a second alone may take seconds here.
expect.set_options(timeout=30_000)


class Opener(Protocol):
    async def __call__(self, url: str, **context: Any) -> Page:
        """A page of a new person, with no cookies; `context` as `Browser.new_context` takes it."""


@pytest.fixture
async def open_browser() -> AsyncIterator[Opener]:
    """See `Opener`. Fails on what a page reports as an error of its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.fail("Chromium is missing: apt-get install chromium (as .ci/run does).")
    problems: list[str] = []
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        stack.push_async_callback(browser.close)

        async def open_page(url: str, **context: Any) -> Page:
            options: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}} | context
            page = await (await browser.new_context(**options)).new_page()
            if SLOWED > 1:
                devtools = await page.context.new_cdp_session(page)
                await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
            page.on("pageerror", lambda error: problems.append(str(error)))
            await page.goto(url)
            return page

        yield open_page
    assert problems == []
