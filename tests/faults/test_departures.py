"""FAULTS.md: somebody leaves, is removed or logs out; the web process under somebody dies."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

import pytest

from tests.conftest import Brittle
from tests.faults.both import broadcasts_lost
from tests.faults.conftest import Measured
from tests.faults.invariants import assert_same, assert_whole
from tests.faults.moments import promised
from tests.stack.client import CommandRefusedError, Person, Room
from tests.stack.meeting import LONG, ended, meeting, streaming
from tests.stack.scripted_steps import Step
from tests.stack.stack import Stack

pytestmark = pytest.mark.stack

CLOSES, WHOLE = 5.0, 10.0
PASSWORD = "correct horse battery"
_MAKE_STAFF = (
    "from django.contrib.auth import get_user_model;"
    f"get_user_model().objects.create_user('bob', password='{PASSWORD}', is_staff=True)"
)


async def assert_deaf(bob: Person, his: Room, hers: Room) -> None:
    """Nothing said from now on reaches the closed socket, and no new one opens."""
    heard = len(his.frames)
    secret = await hers.post("Among ourselves.")
    await hers.wait(lambda room: secret in room.messages, "her own message")
    async with bob.open(hers.room_id) as again:
        assert await again.wait_closed() == 4001
        assert again.frames == []
    with pytest.raises(CommandRefusedError) as refused:
        await bob.snapshot(hers.room_id)
    assert refused.value.code == "not_found"
    assert len(his.frames) == heard


async def test_a_member_is_removed(brittle: Brittle, measured: Measured) -> None:
    here, there = brittle.stack.base_urls
    async with Person(here, "Alice") as alice, Person(there, "Bob") as bob:
        room_id = await alice.create_room()
        async with alice.open(room_id) as hers:
            await bob.join(hers.state.room["invite"])
            async with bob.open(room_id) as his, bob.open(room_id) as second:
                began = monotonic()
                bobs = his.state.you["participant_id"]
                await hers.command("participant.remove", participant_id=bobs)
                for socket in (his, second):
                    assert await socket.wait_closed(promised(CLOSES)) == 4001
                measured("closed within 5 s", f"{monotonic() - began:.2f} s")
                await assert_deaf(bob, his, hers)
            await assert_whole(brittle.stack, hers)


async def test_a_member_is_removed_and_no_process_is_told(brittle: Brittle, measured: Measured) -> None:
    """The broadcast is lost; the next heartbeat finds out."""
    here, there = brittle.stack.base_urls
    async with Person(here, "Alice") as alice, Person(there, "Bob") as bob:
        room_id = await alice.create_room()
        async with alice.open(room_id) as hers:
            await bob.join(hers.state.room["invite"])
            async with bob.open(room_id) as his:
                bobs = his.state.you["participant_id"]
                with broadcasts_lost(brittle.stack):
                    began = monotonic()
                    await hers.command("participant.remove", participant_id=bobs)
                    assert await his.wait_closed(promised(CLOSES)) == 4001
                    measured("closed within 5 s", f"{monotonic() - began:.2f} s")
                await assert_deaf(bob, his, hers)
            await assert_whole(brittle.stack, hers)


async def test_a_member_logs_out(brittle: Brittle, measured: Measured) -> None:
    """Through another process than the one that holds the socket, which was told of nothing."""
    here, there = brittle.stack.base_urls
    brittle.stack.manage("shell", "-c", _MAKE_STAFF)
    async with Person(here, "Alice") as alice, Person(there, "Bob") as bob:
        room_id = await alice.create_room()
        async with alice.open(room_id) as hers:
            await submit(bob, "/admin/login/", username="bob", password=PASSWORD)
            await bob.session()
            await bob.join(hers.state.room["invite"])
            async with bob.open(room_id) as his:
                bob.move(here)
                began = monotonic()
                await submit(bob, "/admin/logout/")
                assert await his.wait_closed(promised(CLOSES)) == 4001
                measured("closed within 5 s", f"{monotonic() - began:.2f} s")
                await assert_deaf(bob, his, hers)
            await assert_whole(brittle.stack, hers)


async def submit(person: Person, path: str, **fields: str) -> None:
    """A form of the administration, filled in."""
    page = await person.http.get("/admin/login/" if "login" in path else "/admin/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token, page.text[:500]
    answer = await person.http.post(
        path, data={**fields, "csrfmiddlewaretoken": token[1]}, headers={"Origin": person.base_url}
    )
    assert answer.status_code in (200, 302), answer.text[:500]


async def test_the_asker_leaves(brittle: Brittle) -> None:
    brittle.stack.provider.reset()
    brittle.stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=150))
    async with meeting(brittle.stack, "Ada") as (hers, his):
        await his.post("@Ada go on")
        await hers.wait(streaming("Ada", 50), "some text")
        # His socket is closed by it, which may be before the answer.
        with suppress(ConnectionError):
            await his.command("participant.leave")
        assert await his.wait_closed() == 4001
        await hers.wait(ended("Ada", "done"), "the reply")
        assert [m["text"] for m in hers.state.messages_of("Ada")] == [LONG]
        await assert_whole(brittle.stack, hers)


async def test_kill_9_of_a_web_process_in_mid_stream(
    fresh_stack: Callable[..., Stack], measured: Measured
) -> None:
    """The reply goes on, and who was on the dead process is whole on another."""
    stack = fresh_stack(webs=2)
    dying, staying = stack.base_urls
    stack.provider.script(Step(text=LONG, user="You are Ada", tokens_per_second=120))
    async with Person(staying, "Alice") as alice:
        room_id = await alice.create_room(personas=["Ada"])
        async with alice.open(room_id, base_url=dying) as hers, alice.open(room_id) as watching:
            await hers.post("@Ada go on")
            await hers.wait(streaming("Ada", 100), "some text")
            began = monotonic()
            stack.kill_web(signal.SIGKILL, index=0)
            await hers.wait_closed(promised(WHOLE))
            async with alice.open(room_id, state=hers.state) as again:
                there = {m["id"]: len(m["text"]) for m in watching.state.messages_of("Ada")}
                await again.wait(
                    lambda room: all(
                        len(room.messages[id_]["text"]) >= length for id_, length in there.items()
                    ),
                    "all that others have",
                    seconds=promised(WHOLE),
                )
                measured("whole on another process within 10 s", f"{monotonic() - began:.2f} s")
                await again.wait(ended("Ada", "done"), "the end")
                await watching.wait(ended("Ada", "done"), "the end")
                assert [m["text"] for m in again.state.messages_of("Ada")] == [LONG]
                await assert_same(again, watching)
                await assert_whole(stack, again)
