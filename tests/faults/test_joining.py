"""FAULTS.md: somebody joins in mid-stream, at any moment."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack

import pytest

from tests.faults.both import across, assert_both_whole
from tests.faults.conftest import Measured
from tests.faults.moments import IS_LONG
from tests.stack.client import Room
from tests.stack.meeting import ended
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = pytest.mark.stack

# Of characters that are one, two and four bytes long, or several that make one.
TEXT = " ".join(f"wörd{k} 👩‍👩‍👧 é" for k in range(400 if IS_LONG else 150))


async def test_join_at_any_moment(shaken_stack: Stack, measured: Measured) -> None:
    """Before the first word, between any two, beside the end: on both web processes, from nothing.
    The text is equal to everybody else's, at once as far as it goes, and in the end."""
    moments = random.Random(7)
    joined: list[Room] = []
    async with across(shaken_stack) as (hers, his), AsyncExitStack() as context:
        shaken_stack.provider.script(Step(text=TEXT, user="You are Ada", tokens_per_second=40))
        await hers.post("@Ada go on")
        while not ended("Ada", "done")(hers.state):
            room = hers.person.open(hers.room_id, base_url=moments.choice(shaken_stack.base_urls))
            joined.append(await context.enter_async_context(room))
            assert all(TEXT.startswith(message["text"]) for message in room.state.messages_of("Ada"))
            await asyncio.sleep(moments.uniform(0, 0.3))
        for room in joined:
            await room.wait(ended("Ada", "done"), "the end")
            assert [message["text"] for message in room.state.messages_of("Ada")] == [TEXT]
        await assert_both_whole(shaken_stack, hers, his)
    assert len(joined) > 10
    measured("the text is byte-equal to everyone else's", f"{len(joined)} of {len(joined)} who joined")
