"""A golden scenario for everything that a room can have done to it. See docs/testing.md."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from rooms.actions.polls import close_due_polls
from rooms.models import Participant, Poll
from rooms.tests.golden import Golden
from rooms.tests.people import Person, Workshop
from rooms.tests.sockets import end_hub, opened

pytestmark = pytest.mark.django_db(transaction=True)


def do(by: Person, workshop: Workshop, kind: str, **data: Any) -> None:
    answer = by.command(workshop.id, kind, **data)
    assert answer.status == 200, answer


def id_of(workshop: Workshop, name: str) -> str:
    return str(Participant.objects.get(room=workshop.uuid, name=name).pk)


def test_message_post(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        workshop.bob.say(workshop.id, "Hello 👩\u200d👧\nand good morning.")


def test_message_post_as_a_reply(golden: Golden, workshop: Workshop) -> None:
    asked = workshop.alice.say(workshop.id, "Who is here?")
    with golden(workshop):
        workshop.bob.say(workshop.id, "I am.", reply_to_id=asked)


def test_message_post_without_waking(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        do(workshop.bob, workshop, "message.post", text="@all, just for the record.", is_quiet=True)


def test_room_rename(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        do(workshop.alice, workshop, "room.rename", name="Atelier")


def test_room_change(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        do(workshop.alice, workshop, "room.change", description="What we plan.", visibility="private")


def test_room_set_limits(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        do(workshop.alice, workshop, "room.set_limits", chain_turns=8, chain_usd=0.25, day_usd=2)


def test_room_archive(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        do(workshop.alice, workshop, "room.archive")


def test_room_restore(golden: Golden, workshop: Workshop) -> None:
    do(workshop.alice, workshop, "room.archive")
    with golden(workshop):
        do(workshop.alice, workshop, "room.restore")


def test_room_renew_invite(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        do(workshop.alice, workshop, "room.renew_invite")


def test_participant_joins(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        assert workshop.carol.join(workshop.invite, title="Guest").status == 200


def test_participant_comes_back(golden: Golden, workshop: Workshop) -> None:
    do(workshop.bob, workshop, "participant.leave")
    with golden(workshop):
        assert workshop.bob.join(workshop.invite, "Robert").status == 200


def test_participant_rename(golden: Golden, workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "Call me Robert.")
    with golden(workshop):
        do(workshop.bob, workshop, "participant.rename", name="Robert", title="Chair")


def test_participant_leave(golden: Golden, workshop: Workshop) -> None:
    workshop.bob.say(workshop.id, "Bye.")
    with golden(workshop):
        do(workshop.bob, workshop, "participant.leave")


def test_participant_remove(golden: Golden, workshop: Workshop) -> None:
    do(
        workshop.alice,
        workshop,
        "participant.set_role",
        participant_id=id_of(workshop, "Bob"),
        role="moderator",
    )
    with golden(workshop):
        do(workshop.alice, workshop, "participant.remove", participant_id=id_of(workshop, "Bob"))


def test_participant_banned(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        do(workshop.alice, workshop, "participant.remove", participant_id=id_of(workshop, "Bob"), ban=True)


def test_participant_ban_lifted(golden: Golden, workshop: Workshop) -> None:
    bob = id_of(workshop, "Bob")
    do(workshop.alice, workshop, "participant.remove", participant_id=bob, ban=True)
    with golden(workshop):
        do(workshop.alice, workshop, "participant.remove", participant_id=bob)
        assert workshop.bob.join(workshop.invite).status == 200


def test_participant_set_role(golden: Golden, workshop: Workshop) -> None:
    """By the eyes of Bob, whose own place in the room it changes."""
    with golden(workshop, viewer=workshop.bob):
        do(
            workshop.alice,
            workshop,
            "participant.set_role",
            participant_id=id_of(workshop, "Bob"),
            role="viewer",
        )


def test_persona_add(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop):
        do(workshop.alice, workshop, "persona.add", name="Grace", title="Admiral", avatar="⚓")


def test_persona_edit(golden: Golden, workshop: Workshop) -> None:
    do(workshop.alice, workshop, "persona.add", name="Grace")
    grace = id_of(workshop, "Grace")
    with golden(workshop):
        do(workshop.alice, workshop, "persona.edit", participant_id=grace, title="Admiral", style="bullet")


def test_persona_mute(golden: Golden, workshop: Workshop) -> None:
    do(workshop.alice, workshop, "persona.add", name="Ada")
    ada = workshop.alice.snapshot(workshop.id)["participants"][-1]
    with golden(workshop):
        do(workshop.alice, workshop, "persona.mute", participant_id=ada["id"])


def test_room_change_of_the_model_changes_its_personas(golden: Golden, workshop: Workshop) -> None:
    do(workshop.alice, workshop, "persona.add", name="Grace")
    with golden(workshop):
        do(workshop.alice, workshop, "room.change", default_model="demo/engineer")


# --- Polls. By the eyes of somebody else than the voter, whom no event tells of the vote. ------


def ask(workshop: Workshop, **given: Any) -> str:
    question = {"question": "Which day?", "options": ["Monday", "Friday"]} | given
    answer = workshop.alice.command(workshop.id, "poll.create", **question)
    assert answer.status == 200, answer
    return str(answer.body["poll_id"])


def test_poll_create(golden: Golden, workshop: Workshop) -> None:
    with golden(workshop, viewer=workshop.bob):
        ask(workshop, is_multiple=True, persona_voting="must", closes_in_seconds=600)


def test_poll_vote(golden: Golden, workshop: Workshop) -> None:
    poll_id = ask(workshop)
    with golden(workshop):
        do(workshop.bob, workshop, "poll.vote", poll_id=poll_id, choices=[1], reason="It is quiet.")
        do(workshop.bob, workshop, "poll.vote", poll_id=poll_id, choices=[0])


def test_poll_retract(golden: Golden, workshop: Workshop) -> None:
    poll_id = ask(workshop)
    do(workshop.bob, workshop, "poll.vote", poll_id=poll_id, choices=[1])
    with golden(workshop):
        do(workshop.bob, workshop, "poll.retract", poll_id=poll_id)


def test_poll_close(golden: Golden, workshop: Workshop) -> None:
    poll_id = ask(workshop)
    do(workshop.bob, workshop, "poll.vote", poll_id=poll_id, choices=[1])
    with golden(workshop):
        do(workshop.alice, workshop, "poll.close", poll_id=poll_id)


def test_poll_sealed(golden: Golden, workshop: Workshop) -> None:
    poll_id = ask(workshop, is_sealed=True, is_anonymous=True)
    with golden(workshop):
        do(workshop.bob, workshop, "poll.vote", poll_id=poll_id, choices=[1])
        do(workshop.bob, workshop, "poll.vote", poll_id=poll_id, choices=[0])
        do(workshop.alice, workshop, "poll.close", poll_id=poll_id)


def test_poll_deadline(golden: Golden, workshop: Workshop) -> None:
    ask(workshop, closes_in_seconds=10)
    Poll.objects.update(closes_at=Poll.objects.get().created_at)
    with golden(workshop):
        assert close_due_polls() == 1


@pytest.mark.usefixtures("redis_server")
class TestSockets:
    """Ephemeral: they change nothing that a snapshot holds."""

    @pytest.fixture(autouse=True)
    async def _hub(self) -> AsyncIterator[None]:
        yield
        await end_hub()

    async def test_presence(self, golden: Golden, workshop: Workshop) -> None:
        async with golden(workshop), opened(workshop.bob, workshop.id) as socket:
            await socket.expect("snapshot")

    async def test_typing(self, golden: Golden, workshop: Workshop) -> None:
        async with opened(workshop.bob, workshop.id) as socket:
            await socket.expect("snapshot")
            async with golden(workshop):
                for is_typing in (True, False):
                    await socket.send({"type": "typing", "is_typing": is_typing})
                # Answered after what came before it.
                await socket.command("message.post", text="Here it is.")
