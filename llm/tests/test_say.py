"""`manage.py say`: an account posts from the terminal and reads the replies there."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from llm import turns
from llm.dispatch import dispatch_room
from llm.management.commands import say
from llm.models import Turn
from rooms.models import Message, Room
from rooms.tests.people import Workshop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    get_user_model().objects.create_user("admin")
    monkeypatch.setattr(say, "WAKE_SECONDS", 0.05)
    monkeypatch.setattr(say, "LOOK_SECONDS", 0.01)


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("say", *arguments, stdout=output)
    return output.getvalue()


def test_it_posts_and_prints_the_reply(studio: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = say.Command._watch

    def meanwhile_ada_answers(self: say.Command, room: Room, mine: Message, deadline: float) -> None:
        dispatch_room(room.pk)
        turn = turns.claim(Turn.objects.get().pk, studio.uuid)
        assert turn is not None
        assert turns.begin(turn, Message().pk, "Hello")
        assert turns.settle(turn, "done", turns.Text("Hello, admin.", 1))
        watch(self, room, mine, deadline)

    monkeypatch.setattr(say.Command, "_watch", meanwhile_ada_answers)
    text = run(str(studio.id), "@Ada hello")
    assert text.strip() == "Ada: Hello, admin."
    assert Message.objects.filter(text="@Ada hello", participant__name="admin").count() == 1


def test_a_room_that_is_not_there_and_an_unknown_account_are_sentences(studio: Workshop) -> None:
    with pytest.raises(CommandError, match="No room has this name or id"):
        run("Nowhere", "Hi")
    with pytest.raises(CommandError, match="There is no account nobody"):
        run(str(studio.id), "Hi", "--as", "nobody")
    assert not Message.objects.exists()
