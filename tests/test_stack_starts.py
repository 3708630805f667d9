"""The fixture that all tests of the whole system stand on."""

from __future__ import annotations

import pytest

from tests.stack.client import Person
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack
from tests.stack.waiting import until

pytestmark = pytest.mark.stack


async def test_two_people_in_a_room_of_the_stack_see_the_same(stack: Stack) -> None:
    async with Person(stack.base_url, "Alice") as alice, Person(stack.base_url, "Bob") as bob:
        room_id = await alice.create_room("Workshop")
        async with alice.open(room_id) as hers:
            await bob.join(hers.state.room["invite"])
            async with bob.open(room_id) as his:
                await hers.post("Hello, Bob.")
                await his.wait(
                    lambda state: [m["text"] for m in state.in_order] == ["Hello, Bob."], "the message"
                )
                await until(lambda: his.state.comparable() == hers.state.comparable(), "both see the same")


async def test_a_persona_of_the_stack_answers_what_the_provider_was_told(stack: Stack) -> None:
    stack.provider.reset()
    stack.provider.script(Step(text="Nice to meet you.", user="stack smoke"))
    async with Person(stack.base_url, "Alice") as alice:
        name = (await alice.get("/api/personas/"))["results"][0]["name"]
        room_id = await alice.create_room("Workshop", personas=[name])
        async with alice.open(room_id) as room:
            await room.post(f"@{name} stack smoke")
            [reply] = await room.wait(
                lambda state: [m for m in state.messages_of(name) if m["state"] != "streaming"], "the reply"
            )
    assert reply["text"] == "Nice to meet you."
    assert stack.provider.verdict() == {"unexpected": 0, "unused": 0}
