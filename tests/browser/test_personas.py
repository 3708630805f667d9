"""Personas are added to a room that is under way, given a model, changed and looked at."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, say, wait_for
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

# A worker notes them beside its start, and nobody waits for that.
MODELS_ARE_KNOWN = "() => fetch('/api/models/?q=owl').then(r => r.json()).then(list => list.total > 0)"


async def two_people(stack: Stack, open_browser: Opener) -> tuple[Page, Page]:
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=[])
    bob = await open_browser(await invite_link(alice))
    await join(bob, name="Bob")
    return alice, bob


def row(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid="participant"][data-name="{name}"]')


async def test_from_the_catalogue_by_its_owner(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await two_people(demo_stack, open_browser)
    await expect(bob.get_by_role("button", name="Add persona")).to_have_count(0)
    await alice.get_by_role("button", name="Add persona").click()
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_label("Search personas").fill("weak assumption")
    await expect(dialog.get_by_role("button", name="Add Ada")).to_have_count(0)
    await dialog.get_by_role("button", name="Add Bo").click()
    await expect(dialog).to_have_count(0)
    await expect(row(bob, "Bo")).to_contain_text("Sceptic")

    await row(bob, "Bo").get_by_role("button", name="About Bo").click()
    peek = bob.get_by_role("dialog")
    await expect(peek).to_contain_text("You are a careful sceptic.")
    await expect(peek.get_by_role("textbox")).to_have_count(0)


async def test_a_second_one_of_the_catalogue_is_asked_for(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await two_people(demo_stack, open_browser)
    dialog = alice.get_by_role("dialog")
    await alice.get_by_role("button", name="Add persona").click()
    await dialog.get_by_role("button", name="Add Ada").click()
    await expect(dialog).to_have_count(0)
    await alice.get_by_role("button", name="Add persona").click()
    await dialog.get_by_role("button", name="Add Ada").click()
    await expect(dialog.get_by_role("button", name="Add Ada")).to_have_accessible_description("in the room")
    await expect(dialog).to_contain_text("Ada is in the room already.")
    await expect(row(bob, "Ada 2")).to_have_count(0)
    await dialog.get_by_role("button", name="Add a second Ada").click()
    await expect(dialog).to_have_count(0)
    await expect(row(bob, "Ada 2")).to_have_count(1)


async def test_made_here_with_a_model_that_is_searched_by_keys(stack: Stack, open_browser: Opener) -> None:
    stack.provider.reset()
    stack.provider.script(
        Step(text="Aye.", model="owl", user="You are Grace.*few sentences"),
        Step(text="- Aye.", model="parrot", user="You are Grace.*bullet points"),
    )
    alice, bob = await two_people(stack, open_browser)
    await wait_for(alice, MODELS_ARE_KNOWN)
    await alice.get_by_role("button", name="Add persona").click()
    await alice.get_by_role("button", name="Make one").click()
    form = alice.get_by_role("dialog")
    await form.get_by_label("Name", exact=True).fill("Grace")
    await form.get_by_label("Prompt").fill("You like compilers.")
    model = form.get_by_role("combobox", name="Model")
    offered = form.get_by_role("listbox", name="Models").get_by_role("option")
    await model.press_sequentially("ow")
    await expect(offered).to_have_count(1)
    await model.press("Escape")
    await expect(offered).to_have_count(0)
    await model.press("ArrowDown")
    await model.press("l")
    await expect(offered).to_contain_text(["owl"])
    await model.press("ArrowDown")
    await model.press("Enter")
    await expect(model).to_have_value("scripted/owl")
    await form.get_by_role("button", name="Add persona").click()
    await expect(row(bob, "Grace")).to_contain_text("owl")
    await say(bob, "@Grace shall we sail?")
    await expect(messages(alice, "Grace", "complete")).to_have_count(1)

    await row(alice, "Grace").get_by_role("button", name="Manage Grace").click()
    await expect(form.get_by_label("Prompt")).to_have_value("You like compilers.")
    await form.get_by_role("combobox", name="Model").fill("scripted/eagle")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_role("alert")).to_contain_text("eagle")
    await form.get_by_role("combobox", name="Model").fill("")
    await form.get_by_label("Style").select_option("bullet")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    await expect(row(bob, "Grace")).to_contain_text("parrot")
    await say(bob, "@Grace and now?")
    await expect(messages(alice, "Grace", "complete")).to_have_count(2)
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}


async def test_who_was_shut_out_is_let_in_again(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await two_people(demo_stack, open_browser)
    link = await invite_link(alice)
    await alice.get_by_role("button", name="Manage Bob").click()
    await alice.get_by_role("button", name="Remove from the room…").click()
    await alice.get_by_label("Do not let them in again").check()
    await alice.get_by_role("button", name="Remove", exact=True).click()
    await expect(alice.get_by_test_id("banned")).to_contain_text("Bob")
    await bob.goto(link)
    await bob.get_by_role("button", name="Join the room").click()
    await expect(bob.get_by_role("alert")).to_contain_text("can't join it again")
    await alice.get_by_role("button", name="Let Bob in again").click()
    await expect(alice.get_by_test_id("banned")).to_have_count(0)
    await bob.get_by_role("button", name="Join the room").click()
    await expect(row(alice, "Bob")).to_be_visible()
