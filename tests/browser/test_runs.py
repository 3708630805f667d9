"""Rooms that think: from the button to the outcome, with the demo's voices and without any key."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.people import create_room, invite_link, join, messages, picture, say
from tests.stack.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]

GOAL = "Should the tool library open on Monday evenings or on Friday afternoons?"
# A whole run: a dozen turns, one after the other.
RUN_MS = 120_000


def bar(page: Page) -> Locator:
    return page.get_by_test_id("run-bar")


def card(page: Page) -> Locator:
    return page.get_by_test_id("run-card")


async def thinkers(stack: Stack, open_browser: Opener, cast: list[str]) -> tuple[Page, Page]:
    alice = await open_browser(stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=cast)
    bob = await open_browser(await invite_link(alice), viewport={"width": 390, "height": 844})
    await join(bob, name="Bob")
    return alice, bob


async def set_role(alice: Page, name: str, role: str) -> None:
    await alice.get_by_role("button", name=f"Manage {name}").click()
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_label("Role").select_option(role)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)


async def test_a_debate_from_the_button_to_the_outcome(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await thinkers(demo_stack, open_browser, ["Ada", "Bo", "Gil"])
    dana = await open_browser(await invite_link(alice))
    await join(dana, name="Dana")
    await set_role(alice, "Dana", "viewer")
    await alice.get_by_role("button", name="Let the personas think together").click()
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_text("Debate", exact=True).click()
    await expect(dialog.get_by_role("radio", name="Debate")).to_be_checked()
    await dialog.get_by_label("What should they find out?").fill(GOAL)
    # Somebody is left to judge; the price is there before anything is spent.
    await expect(dialog.get_by_role("checkbox", name="Ada")).to_be_checked()
    await expect(dialog.get_by_role("checkbox", name="Gil")).not_to_be_checked()
    await expect(dialog.get_by_role("listitem").filter(has_text="Gil")).to_contain_text("judge")
    await dialog.get_by_text("When it ends at the latest").click()
    await dialog.get_by_role("textbox", name="Rounds").fill("1")
    await expect(dialog.get_by_test_id("estimate")).to_contain_text(
        re.compile(r"About 6 turns.*scripted demo")
    )
    await expect(dialog.get_by_test_id("advice")).to_contain_text("No votes here yet.")
    await dialog.get_by_role("button", name="Why?").click()
    await expect(dialog.get_by_role("region", name="How often these voices agreed")).to_be_visible()
    await picture(alice, "run-advice")
    await dialog.get_by_role("button", name="Hide the numbers").click()
    # By keys alone: Bo opens.
    await dialog.get_by_role("button", name="Move Bo up").focus()
    await alice.keyboard.press("Enter")
    await expect(dialog.get_by_role("button", name="Move Bo down")).to_be_focused()
    await expect(dialog.get_by_role("listitem").first).to_contain_text("Bo")
    await picture(alice, "run-start")
    await dialog.get_by_role("button", name="Start", exact=True).click()

    await expect(bar(bob)).to_contain_text("Debate")
    await expect(bar(bob)).to_contain_text("openings")
    # Whoever only reads sees it, and has nothing to press.
    await expect(bar(dana)).to_contain_text("Debate")
    await expect(bar(dana).get_by_role("button")).to_have_count(0)
    await expect(messages(bob, "Bo", "complete").first).to_be_visible(timeout=RUN_MS)
    await expect(messages(bob, "Bo", "complete").first.get_by_test_id("run-label")).to_have_text(
        "Debate · opening"
    )
    await expect(card(alice)).to_be_visible(timeout=RUN_MS)
    await expect(card(alice)).to_contain_text("Debate ended:")
    await expect(bar(alice)).to_have_count(0)
    await expect(alice.get_by_test_id("run-label").filter(has_text="sides swapped")).to_be_visible()

    # Each part leads to where it comes from.
    await card(alice).get_by_role("button", name=re.compile("^Go to message 1")).first.click()
    await expect(messages(alice, "Gil", "complete").first).to_be_focused()
    await card(alice).get_by_role("button", name="Edit").click()
    await alice.get_by_role("dialog").get_by_label("Decision").fill("We open on Friday.")
    await alice.get_by_role("dialog").get_by_label("Tasks").fill("Print the sign\nTell the neighbours")
    await alice.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(card(bob).get_by_test_id("decision")).to_contain_text("We open on Friday.")
    await expect(card(bob)).to_contain_text("Tell the neighbours")
    await expect(card(bob)).to_contain_text("edited by Alice")
    await keeps_in_sight(alice, bob)
    await picture(alice, "run-debate")
    await picture(bob, "run-debate-phone")
    await expect(card(bob).get_by_role("button", name="Edit")).to_have_count(0)
    await bob.reload()
    await expect(card(bob).get_by_test_id("decision")).to_contain_text("We open on Friday.")
    await bob.get_by_test_id("pinned").get_by_role("button", name="Unpin").click()
    await expect(alice.get_by_test_id("pinned")).to_have_count(0)


async def keeps_in_sight(alice: Page, bob: Page) -> None:
    """The outcome, pinned, leads to its card, and can be taken along."""
    pin = card(alice).get_by_role("button", name=re.compile("^(Pin|Unpin)$"))
    if await pin.get_attribute("aria-pressed") == "false":  # as the demo's judge was split
        await pin.click()
    await expect(bob.get_by_test_id("pinned")).to_contain_text("We open on Friday.")
    await bob.get_by_test_id("pinned").get_by_role("button", name="We open on Friday.").click()
    await expect(card(bob)).to_be_in_viewport()
    async with alice.expect_download() as saving:
        await card(alice).get_by_role("button", name="Download").click()
    saved = await (await saving.value).path()
    assert "### Tasks\n\n- Print the sign\n- Tell the neighbours" in saved.read_text()


async def test_a_consensus_by_a_command_waits_for_a_person_and_is_paused(
    demo_stack: Stack, open_browser: Opener
) -> None:
    """Alice takes part, so that nothing of it depends on how quick the demo's voices are."""
    alice, bob = await thinkers(demo_stack, open_browser, ["Ada", "Bo", "Dara"])
    box = bob.get_by_role("textbox", name="Message")
    await box.press_sequentially("/cons")
    await expect(bob.get_by_role("option", name="/consensus")).to_be_visible()
    await box.press("Tab")
    await box.press_sequentially("Tea or coffee?")
    await box.press("Enter")
    dialog = bob.get_by_role("dialog", name="Think together")
    await expect(dialog.get_by_role("radio", name="Consensus")).to_be_checked()
    await expect(dialog.get_by_label("What should they find out?")).to_have_value("Tea or coffee?")
    await dialog.get_by_label("What to choose from").fill("Tea\nCoffee")
    await dialog.get_by_role("checkbox", name="Alice").check()
    await dialog.get_by_role("button", name="Start", exact=True).click()
    await expect(box).to_have_value("")
    await expect(bar(alice)).to_contain_text("Consensus")
    await bar(alice).get_by_role("button", name="Pause").click()
    await expect(bar(bob)).to_contain_text("Paused")
    # All are in, nothing is shown, and nobody goes on.
    await expect(bob.get_by_test_id("sealed")).to_have_count(3, timeout=RUN_MS)
    await expect(bob.get_by_test_id("sealed").first).to_contain_text(re.compile("Ada.s answer is in"))
    await expect(bar(bob)).to_contain_text("3 of 4 answers are in.")
    await picture(alice, "run-sealed")
    await picture(bob, "run-sealed-phone")
    await expect(messages(bob, "Ada", "complete")).to_have_count(0)
    asked = alice.get_by_test_id("my-turn")
    await expect(bob.get_by_test_id("my-turn")).to_have_count(0)
    await asked.get_by_role("radio", name="Tea").check()
    await asked.get_by_label("Your answer").fill("It keeps for longer.")
    await asked.get_by_role("button", name="Hand in").click()
    await expect(bar(bob)).to_contain_text("4 of 4 answers are in.")
    await expect(bob.get_by_test_id("sealed")).to_have_count(4)
    await expect(bob.get_by_text("It keeps for longer.")).to_have_count(0)
    await bar(bob).get_by_role("button", name="Resume").click()
    await expect(bob.get_by_text("It keeps for longer.").first).to_be_visible(timeout=RUN_MS)
    await expect(card(alice)).to_be_visible(timeout=RUN_MS)
    await expect(card(alice)).to_contain_text("Consensus ended:")
    await expect(alice.get_by_test_id("sealed")).to_have_count(0)
    await expect(card(alice)).to_contain_text("Votes")
    await expect(card(alice)).to_contain_text(re.compile("Tea|Coffee"))
    await picture(alice, "run-consensus")


async def test_a_stop_is_at_once_and_says_by_whom(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await thinkers(demo_stack, open_browser, ["Ada", "Bo"])
    await say(alice, "/round_robin What is missing?")
    await alice.get_by_role("dialog").get_by_role("button", name="Start", exact=True).click()
    await bar(bob).get_by_role("button", name="Stop", exact=True).click()
    await expect(card(alice)).to_contain_text("Round robin ended: Stopped by Bob.")
    await expect(bar(alice)).to_have_count(0)
    # What is no command is a message like any other.
    await say(alice, "/nothing of the kind")
    await expect(messages(bob, "Alice", "complete").last).to_contain_text("/nothing of the kind")


async def test_a_stranger_learns_nothing_of_a_run(demo_stack: Stack, open_browser: Opener) -> None:
    alice = await open_browser(demo_stack.base_url)
    await create_room(alice, name="Alice", room="Workshop", cast=["Ada", "Bo"])
    await say(alice, "/roundrobin What is missing?")
    await alice.get_by_role("dialog").get_by_role("button", name="Start", exact=True).click()
    await expect(bar(alice)).to_be_visible()
    carol = await open_browser(alice.url)
    await expect(carol.get_by_role("heading", name="You are not in this room")).to_be_visible()
    await expect(bar(carol)).to_have_count(0)
    room_id = alice.url.rstrip("/").rsplit("/", 1)[-1]
    statuses = await carol.evaluate(
        """async id => {
          const spec = {
            method: 'POST', body: '{"mode": "debate"}', headers: { 'Content-Type': 'application/json' },
          };
          const asked = [
            fetch(`/api/rooms/${id}/runs/`),
            fetch(`/api/rooms/${id}/runs/estimate/`, spec),
            fetch(`/api/rooms/${id}/runs/advice/`, spec),
          ];
          return (await Promise.all(asked)).map(({ status }) => status);
        }""",
        room_id,
    )
    assert all(status in {401, 403, 404} for status in statuses), statuses


async def test_a_leader_asks_people_and_goes_on_with_their_answer(
    demo_stack: Stack, open_browser: Opener
) -> None:
    alice, bob = await thinkers(demo_stack, open_browser, ["Ada", "Bo", "Gil"])
    dana = await open_browser(await invite_link(alice))
    await join(dana, name="Dana")
    await set_role(alice, "Dana", "viewer")
    await say(alice, "/leader Tea or black coffee?")
    await alice.get_by_role("dialog").get_by_role("button", name="Start", exact=True).click()
    question = bob.get_by_role("group", name=re.compile("What do you prefer"))
    await expect(question).to_be_visible(timeout=RUN_MS)
    await expect(question).to_contain_text("Needs a decision by a person")
    for page in (alice, bob):
        await expect(bar(page).get_by_role("button", name="black coffee")).to_be_visible()
    # Nobody goes on; whoever only reads is shown what is asked, and has nothing to press.
    await expect(dana.get_by_test_id("run-question")).to_contain_text("black coffee")
    await expect(bar(dana).get_by_role("button")).to_have_count(0)
    await expect(card(alice)).to_have_count(0)
    await picture(alice, "run-question")
    await picture(bob, "run-question-phone")
    await question.get_by_role("button", name="black coffee").click()
    await expect(question).to_have_count(0)
    await expect(messages(alice, "Bob", "complete").last).to_contain_text("black coffee")
    await expect(card(alice)).to_be_visible(timeout=RUN_MS)
    await expect(card(alice).get_by_test_id("decision")).to_contain_text("You decided: black coffee.")


async def test_a_leaders_question_can_be_answered_in_own_words(
    demo_stack: Stack, open_browser: Opener
) -> None:
    alice, bob = await thinkers(demo_stack, open_browser, ["Ada", "Bo"])
    await say(bob, "/leader Tea or coffee?")
    await bob.get_by_role("dialog").get_by_role("button", name="Start", exact=True).click()
    question = alice.get_by_test_id("run-question")
    await expect(question).to_be_visible(timeout=RUN_MS)
    # It waits for whoever comes later, too.
    await alice.reload()
    await question.get_by_role("textbox").fill("Neither, water")
    await question.get_by_role("textbox").press("Enter")
    await expect(messages(bob, "Alice", "complete").last).to_contain_text("Neither, water")
    await expect(card(bob).get_by_test_id("decision")).to_contain_text(
        "You decided: Neither, water.", timeout=RUN_MS
    )


async def test_a_person_ranks_in_a_council(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await thinkers(demo_stack, open_browser, ["Ada", "Bo", "Dara"])
    await say(alice, "/council What is missing in our street?")
    dialog = alice.get_by_role("dialog")
    await dialog.get_by_role("checkbox", name="Alice").check()
    await dialog.get_by_role("button", name="Start", exact=True).click()
    mine = alice.get_by_test_id("my-turn")
    await mine.get_by_label("Your answer").fill("A bench in front of the bakery.")
    await mine.get_by_role("button", name="Hand in").click()
    # The others' answers under letters, of which none is her own.
    await expect(mine.get_by_role("group", name=re.compile("first"))).to_be_visible(timeout=RUN_MS)
    letters = mine.get_by_role("listitem")
    await expect(letters).to_have_count(3)
    await mine.get_by_text("What you are shown").click()
    await expect(mine.get_by_role("region")).to_be_visible()
    await expect(mine.get_by_role("region")).not_to_contain_text("bakery")
    before = [text.strip() for text in await letters.all_inner_texts()]
    await picture(alice, "run-ranking")
    # By keys alone the last goes to the top.
    for _ in range(2):
        await mine.get_by_role("button", name=f"Move {before[2]} up").press("Enter")
    await expect(letters).to_have_text([before[2], before[0], before[1]])
    await expect(bob.get_by_test_id("my-turn")).to_have_count(0)
    await mine.get_by_role("button", name="Hand in").click()
    await expect(mine).to_have_count(0)
    await expect(card(bob)).to_be_visible(timeout=RUN_MS)
    # Shown with names at the end, hers first of all who were ranked first by her.
    ranked = messages(bob, "Alice", "complete").last
    await expect(ranked).to_contain_text("My order:")
    await expect(card(bob)).to_contain_text("Alice")
    await picture(bob, "run-ranked-phone")


async def test_retry_has_the_run_take_its_turn_again(demo_stack: Stack, open_browser: Opener) -> None:
    alice, bob = await thinkers(demo_stack, open_browser, ["Ada", "Bo"])
    await say(alice, "/roundrobin What is missing?")
    await alice.get_by_role("dialog").get_by_role("button", name="Start", exact=True).click()
    await bar(alice).get_by_role("button", name="Pause").click()
    await bar(alice).get_by_role("button", name="Skip").click()
    # With a word of it or without: nobody goes on while it is paused.
    retry = bob.get_by_role("button", name="Retry")
    await expect(retry).to_have_count(1)
    await retry.click()
    await expect(retry).to_have_count(0)
    await bar(alice).get_by_role("button", name="Resume").click()
    again = messages(bob, "Ada", "complete").first
    await expect(again).to_be_visible(timeout=RUN_MS)
    # It is the run's, and nothing was said beside it.
    await expect(again.get_by_test_id("run-label")).to_contain_text("Round robin")
    await bar(alice).get_by_role("button", name="Stop", exact=True).click()
    await expect(card(bob)).to_be_visible()
    await expect(retry).to_have_count(0)
